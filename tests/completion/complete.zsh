# zsh -f complete.zsh FOLDER LINE: what the completion system offers after LINE, one a line. FOLDER is put into fpath. An
# interactive zsh runs on a pseudo-terminal; what it would add as candidates is noted on the way.
zmodload zsh/zpty || exit 3
work=$(mktemp -d) || exit 3

cat >$work/rc <<RC
PS1='>'
fpath=(${(q)1} \$fpath)
autoload -Uz compinit
compinit -D -u
compadd() {
    if [[ \$@[1,(i)(-|--)] != *-(O|A|D)\ * ]]; then
        local -a candidates
        builtin compadd -O candidates "\$@"
        print -rl -- \$candidates >>$work/offered
    fi
    builtin compadd "\$@"
}
list-and-tell() {
    zle complete-word
    : >$work/done
}
zle -N list-and-tell
bindkey '^I' list-and-tell
: >$work/ready
RC

wait_for() {
    integer i
    for ((i = 0; i < 200; i++)); do
        [[ -e $1 ]] && return 0
        zpty -r -t shell >/dev/null 2>&1
        sleep 0.1
    done
    print -u2 "no answer from zsh: $1:t"
    return 1
}

zpty shell zsh -f -i
trap 'rm -rf $work' EXIT # set only now, else the shell on the terminal would have it, too
zpty -w shell "source $work/rc"
wait_for $work/ready || exit 3
zpty -w -n shell "$2"$'\t'
wait_for $work/done
zpty -d shell
[[ -e $work/offered ]] && sort -u $work/offered
