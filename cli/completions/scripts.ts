/**
 * The completion scripts. Each asks the command itself at every Tab, so that what it offers is never out of date.
 *
 * @module
 */

const BASH = String.raw`# Completions of streamlib for bash; in ~/.bashrc: source <(streamlib completions bash)
_streamlib() {
  local line=${"$"}{COMP_LINE:0:COMP_POINT} current=${"$"}{COMP_WORDS[COMP_CWORD]} before= word quote= open=
  case $current in
    \'* | \"*) quote=1 ;;
    *)
      # Readline replaces what stands behind these signs only.
      current=${"$"}{line##*[[:space:]]}
      before=${"$"}{current%"${"$"}{current##*[=:@]}"}
      ;;
  esac
  COMPREPLY=()
  while IFS= read -r word; do
    case $word in
      :files) compopt -o default 2>/dev/null ;;
      :open) open=1 && compopt -o nospace 2>/dev/null ;;
      *)
        word=${"$"}{word%%$'\t'*}
        COMPREPLY+=("${"$"}{word#"$before"}")
        ;;
    esac
  done < <("${"$"}{COMP_WORDS[0]}" completions words -- "$line" 2>/dev/null)
  # Readline would end the quotes behind an only word.
  if [[ -n $quote && -n $open && ${"$"}{#COMPREPLY[@]} -eq 1 ]]; then COMPREPLY+=("${"$"}{COMPREPLY[0]}..."); fi
}
complete -F _streamlib streamlib
`;

const ZSH = String.raw`#compdef streamlib
# Completions of streamlib for zsh; in ~/.zshrc, behind compinit: source <(streamlib completions zsh)
# or once: streamlib completions zsh > FOLDER/_streamlib, a folder of fpath
_streamlib() {
  local line="${"$"}{(j: :)words[1,CURRENT-1]} $IPREFIX$QIPREFIX$PREFIX" word files=
  local -a found shown open
  for word in "${"$"}{(@f)$(${"$"}{(Q)words[1]} completions words -- "$line" 2>/dev/null)}"; do
    case $word in
      '') ;;
      :files) files=1 ;;
      :open) open=(-S '') ;;
      *)
        found+=("${"$"}{word%%$'\t'*}")
        shown+=("${"$"}{word/$'\t'/  -- }")
        ;;
    esac
  done
  if (( ${"$"}{#found} )); then compadd -l -d shown "$open[@]" -- $found; fi
  if [[ -n $files ]]; then
    compset -P '--*='
    _files
  fi
}
# As a file of fpath it is the function itself when it is called first.
if [[ $funcstack[1] == _streamlib ]]; then _streamlib "$@"; else compdef _streamlib streamlib; fi
`;

const FISH = String
  .raw`# Completions of streamlib for fish; once: streamlib completions fish > ~/.config/fish/completions/streamlib.fish
function __streamlib_words
    set -l program (commandline -opc)[1]
    set -l line (commandline -cp | string join \n)
    for word in ($program completions words -- "$line" 2>/dev/null)
        switch $word
            case :files
                __fish_complete_path (commandline -ct | string replace -r -- '^--[^=]*=' '')
            case :open
            case '*'
                echo $word
        end
    end
end
complete -c streamlib -f -a '(__streamlib_words)'
`;

/** The script of each shell. */
export const SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
