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

	# --name=value is three words
	if [[ $word = = ]]; then
		word=
	elif [[ $before = = ]]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
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
	-K | --sockopt)
		mapfile -t COMPREPLY < <(compgen -W 'keepidle= keepintvl= keepcnt= user-timeout= dead= device= mark= priority= ttl= mss= congestion= nodelay=0 mptcp' -- "$word")
		return
		;;
	-T | --tos)
		mapfile -t COMPREPLY < <(compgen -W 'ef va le cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 af11 af12 af13 af21 af22 af23 af31 af32 af33 af41 af42 af43 critical inetcontrol lowcost lowdelay netcontrol reliability throughput' -- "$word")
		return
		;;
	-X | --proxy-type)
		mapfile -t COMPREPLY < <(compgen -W '4 5 http connect socks4 socks4a socks5 socks5h' -- "$word")
		return
		;;
	-[aBbcfIiMOPpqWwy] | \
		--allow | \
		--read-size | \
		--backlog | \
		--retry | \
		--forward | \
		--recv-buffer | \
		--delay | \
		--max-conns | \
		--send-buffer | \
		--proxy-auth | \
		--source-port | \
		--quit-after | \
		--max-messages | \
		--wait | \
		--rate | \
		--idle-exit | \
		--mode | \
		--ready)
		COMPREPLY=()
		return
		;;
	esac
	if [[ $word = *%* ]]; then
		mapfile -t COMPREPLY < <(compgen -P "${word%%\%*}%" \
			-W "$(ls /sys/class/net 2>/dev/null)" -- "${word##*%}")
	elif [[ $word = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	elif [[ " ${COMP_WORDS[*]} " =~ $unixsock ]]; then
		mapfile -t COMPREPLY < <(compgen -A file -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -A hostname -- "$word")
	fi
}
complete -F _sockcat sockcat
