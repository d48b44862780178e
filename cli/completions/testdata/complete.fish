# Completes lines and prints what fish could put in, one line for each: words with " / " between.
# Usage: fish --no-config complete.fish LINE…
streamlib completions fish | source
for line in $argv
    complete -C "$line" | string split -f 1 \t | string join ' / '
end
