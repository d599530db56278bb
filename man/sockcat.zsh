#compdef sockcat
# Completion for sockcat(1). "make completions" wrote this.
_sockcat_operand() {
	if (( ${words[(I)-[[:alnum:]]#U|--unixsock]} )); then
		_files
	elif compset -P '*%'; then
		_net_interfaces
	else
		_alternative 'hosts:host:_hosts' 'ports:port:_ports'
	fi
}

setopt local_options extended_glob
_arguments -s -S -A '-*' \
	'*'{-4,--ipv4}'[use only IPv4]' \
	'*'{-6,--ipv6}'[use only IPv6]' \
	'*'{-a+,--allow=}'[with -l: accept clients from these networks only]:nets: ' \
	'*'{-B+,--read-size=}'[read at most this many bytes at once]:bytes: ' \
	'*'{-b+,--backlog=}'[with -l: how many clients may wait to be accepted]:num: ' \
	'*'{-C,--crlf}'[send CR LF for each LF that has no CR before it]' \
	'*'{-c+,--retry=}'[keep trying to connect for this long]:secs: ' \
	'*'{-d,--recv-only}'[receive only: do not read standard input]' \
	'*'{-e+,--sh-exec=}'[run this shell command on each connection]:command:_command_names' \
	'*'{-F,--pass-fd}'[pass the connected socket to standard output; exit]' \
	'*'{-f+,--forward=}'[with -l: connect each client to host:port or a path]:dest: ' \
	'*'{-H,--no-shutdown}'[do not half-close at the end of standard input]' \
	'*'{-h,--help}'[show this help]' \
	'*'{-I+,--recv-buffer=}'[set the socket'\''s receive buffer size]:bytes: ' \
	'*'{-i+,--delay=}'[wait this long between lines sent or ports scanned]:secs: ' \
	'*'{-j,--broker}'[with -l: pass what each client sends to the others]' \
	'*'{-k,--keep-open}'[serve many clients at once; else repeat, reconnect]' \
	'*'{-K+,--sockopt=}'[set a socket option, such as keepidle=60]:name=val:(keepidle= keepintvl= keepcnt= user-timeout= dead= device= mark= priority= ttl= mss= congestion= nodelay=0 mptcp)' \
	'*'{-L,--lines}'[work in whole lines; with -k, prefix the address]' \
	'*'{-l,--listen}'[listen for a connection]' \
	'*'{-M+,--max-conns=}'[with -k: serve at most this many clients at once]:num: ' \
	'*'{-m,--messages}'[messages: '\''.'\'' sends one, '\''^'\'' ends the conversation]' \
	'*'{-N,--shutdown}'[half-close at once, even if standard input is empty]' \
	'*'{-n,--nodns}'[do not resolve names (numeric only)]' \
	'*'{-O+,--send-buffer=}'[set the socket'\''s send buffer size]:bytes: ' \
	'*'{-o+,--hex-dump=}'[hex dump of all data to this file; - is stderr]:file:_files' \
	'*'{-P+,--proxy-auth=}'[with -x: log in to the proxy as user\[:password\]]:login: ' \
	'*'{-p+,--source-port=}'[local port; with -l, the port to listen on]:port: ' \
	'*'{-q+,--quit-after=}'[after one side ends, how long the other may be silent]:secs: ' \
	'*'{-R,--no-reuse}'[never set SO_REUSEADDR or replace a stale socket]' \
	'*'{-r,--reuse}'[always set SO_REUSEADDR]' \
	'*'{-S,--progress}'[show a progress meter, and the totals at the end]' \
	'*'{-s+,--source=}'[local address to use]:addr:_hosts' \
	'*'{-T+,--tos=}'[IP type of service: a number, or a name such as ef]:tos:(ef va le cs0 cs1 cs2 cs3 cs4 cs5 cs6 cs7 af11 af12 af13 af21 af22 af23 af31 af32 af33 af41 af42 af43 critical inetcontrol lowcost lowdelay netcontrol reliability throughput)' \
	'*'{-t,--telnet}'[refuse telnet negotiation and remove it]' \
	'*'{-U,--unixsock}'[use a Unix-domain socket]' \
	'*'{-u,--udp}'[use datagrams: UDP, or Unix datagrams with -U]' \
	'*'{-V,--version}'[show the version]' \
	'*'{-v,--verbose}'[verbose; -vv: more detail; -vvv: each socket call]' \
	'*'{-W+,--max-messages=}'[quit after receiving this many messages or reads]:num: ' \
	'*'{-w+,--wait=}'[time limit for connecting and for an idle connection]:secs: ' \
	'*'{-X+,--proxy-type=}'[with -x: 5 for SOCKS5 (the default), 4, or connect]:type:(4 5 http connect socks4 socks4a socks5 socks5h)' \
	'*'{-x+,--proxy=}'[connect through this proxy: host\[:port\]]:proxy:_hosts' \
	'*'{-y+,--rate=}'[pass at most this many bytes per second each way]:bytes: ' \
	'*'{-z,--scan}'[scan: report which ports are open, send nothing]' \
	'*'--idle-exit='[with -lk: exit after this long without a client]:secs: ' \
	'*'--mode='[with -lU: permissions of the socket file]:octal: ' \
	'*'--ready='[with -l: once it listens, write the port to fd]:fd: ' \
	'*'--send-only'[throw away what is received; quit when all is sent]' \
	'*'--stamp'[the time of day before each line]' \
	'*:operand:_sockcat_operand'
