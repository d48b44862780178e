# Types lines into a zsh with completions, one after the other, and prints each as it is after Tab.
# Usage: zsh -f complete.zsh FOLDER LINE…   The script is sourced, unless FOLDER has it as _streamlib.
zmodload zsh/zpty
folder=$1
shift
zpty -b typed zsh -f -i
zpty -w typed "fpath=($folder \$fpath); autoload -U compinit; compinit -u -D"
[[ -e $folder/_streamlib ]] || zpty -w typed 'source <(streamlib completions zsh)'
zpty -w typed "probe() { zle complete-word; print -r -- \$BUFFER > $folder/made; mv $folder/made $folder/line; BUFFER= }"
zpty -w typed 'zle -N probe; bindkey "^X" probe'
for line in $@; do
  rm -f $folder/line
  zpty -w -n typed "$line"$'\x18'
  while [[ ! -s $folder/line ]]; do
    zpty -r -t typed seen
    sleep 0.02
  done
  print -r -- "$(<$folder/line)"
done
zpty -d typed
