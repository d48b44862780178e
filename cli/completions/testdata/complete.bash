# Completes lines and prints what bash could put in, one line for each: words with " / " between.
# Usage: bash --norc complete.bash LINE…
source <(streamlib completions bash)
[[ $(complete -p streamlib) == 'complete -F _streamlib streamlib' ]] || exit 1
for line in "$@"; do
  COMP_LINE=$line
  COMP_POINT=${#line}
  # As readline parts them: at spaces and = where there are no quotes.
  if [[ $line == *[\'\"]* ]]; then
    COMP_WORDS=(${line%%[\'\"]*} "${line#"${line%%[\'\"]*}"}")
  else
    COMP_WORDS=(${line//=/ = })
    [[ $line == *' ' ]] && COMP_WORDS+=('')
  fi
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _streamlib
  printf '%s' "${COMPREPLY[0]}"
  for reply in "${COMPREPLY[@]:1}"; do printf ' / %s' "$reply"; done
  printf '\n'
done
