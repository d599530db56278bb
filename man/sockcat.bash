# Bash completion for sockcat(1): options and host names.
_sockcat() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local options="
		-4 -6 -a -B -b -c -d -H -h -I -i -j -k -L -l -M -m -N -n -O -p -q
		-R -r -s -T -U -u -V -v -W -w -z --help --version"

	case $before in
	-[aBbcIiMOpqTWw])
		return
		;;
	esac
	case $word in
	-*)
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
		;;
	esac
}
complete -F _sockcat sockcat
