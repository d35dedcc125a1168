# Completion of bst for fish: put this file into ~/.config/fish/completions.
function __bst_complete
    set -l before (commandline -opc)
    set -l now (commandline -ct)
    env COMP_WORDS="$before $now" COMP_CWORD=(count $before) _BST_COMPLETION=complete bst 2>/dev/null | string trim --right
end
complete -c bst -f -a '(__bst_complete)'
