# Completion of bst for bash: source this file, or put it into the directory of bash-completion under the name bst.
# bst itself finds the candidates; one that ends a word brings its own blank, hence nospace.
_bst_complete() {
    local IFS=$'\n'
    COMPREPLY=($(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _BST_COMPLETION=complete "$1" 2>/dev/null))
}
complete -F _bst_complete -o nospace bst
