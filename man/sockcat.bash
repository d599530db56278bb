# Completion for sockcat(1). "make completions" wrote this.
_sockcat() {
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local unixsock=' (-[[:alnum:]]*U|--unixsock) '
	local options="
		-4 --ipv4
		-6 --ipv6
		-a --allow
		-B --read-size
		-b --backlog
		-C --crlf
		-c --retry
		-d --recv-only
		-e --sh-exec
		-F --pass-fd
		-f --forward
		-H --no-shutdown
		-h --help
		-I --recv-buffer
		-i --delay
		-j --broker
		-k --keep-open
		-K --sockopt
		-L --lines
		-l --listen
		-M --max-conns
		-m --messages
		-N --shutdown
		-n --nodns
		-O --send-buffer
		-o --hex-dump
		-P --proxy-auth
		-p --source-port
		-q --quit-after
		-R --no-reuse
		-r --reuse
		-S --progress
		-s --source
		-T --tos
		-t --telnet
		-U --unixsock
		-u --udp
		-V --version
		-v --verbose
		-W --max-messages
		-w --wait
		-X --proxy-type
		-x --proxy
		-y --rate
		-z --scan
		--idle-exit
		--mode
		--ready
		--send-only
		--stamp
	"

	# the last letter of a group takes the argument
	[[ $before != -[!-]* ]] || before=-${before: -1}
	case $before in
	-[o] | \
		--hex-dump)
		mapfile -t COMPREPLY < <(compgen -A file -- "$word")
		return
		;;
	-[e] | \
		--sh-exec)
		mapfile -t COMPREPLY < <(compgen -A command -- "$word")
		return
		;;
	-[sx] | \
		--source | \
		--proxy)
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
		return
		;;
	-[aBbcfIiKMOPpqTWwXy] | \
		--allow | \
		--read-size | \
		--backlog | \
		--retry | \
		--forward | \
		--recv-buffer | \
		--delay | \
		--sockopt | \
		--max-conns | \
		--send-buffer | \
		--proxy-auth | \
		--source-port | \
		--quit-after | \
		--tos | \
		--max-messages | \
		--wait | \
		--proxy-type | \
		--rate | \
		--idle-exit | \
		--mode | \
		--ready)
		COMPREPLY=()
		return
		;;
	esac
	if [[ $word = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	elif [[ " ${COMP_WORDS[*]} " =~ $unixsock ]]; then
		mapfile -t COMPREPLY < <(compgen -A file -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
	fi
}
complete -F _sockcat sockcat
