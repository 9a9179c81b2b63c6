# meta_data.json in; out come uuid, hostname, admin_pass, a line each, then the public keys.
{ text = text $0 "\n" }
END {
    print value("uuid")
    print value("hostname")
    print value("admin_pass")
    if (!(at = index(text, "\"public_keys\""))) exit
    rest = substr(text, at + 13)
    if (!match(rest, /^[ \t\r\n]*:[ \t\r\n]*[{]/)) exit
    rest = substr(rest, RLENGTH + 1)
    while (match(rest, /^[ \t\r\n,]*"/)) {
        rest = substr(rest, RLENGTH)
        string(rest)
        rest = substr(rest, used + 1)
        if (!match(rest, /^[ \t\r\n]*:[ \t\r\n]*"/)) exit
        rest = substr(rest, RLENGTH)
        print string(rest)
        rest = substr(rest, used + 1)
    }
}
function value(key,   at, rest) {
    if (!(at = index(text, "\"" key "\""))) return ""
    rest = substr(text, at + length(key) + 2)
    if (!match(rest, /^[ \t\r\n]*:[ \t\r\n]*"/)) return ""
    return string(substr(rest, RLENGTH))
}
function string(from,   out, i, c) { # the JSON string that `from` starts with; sets used
    out = ""
    for (i = 2; i <= length(from); i++) {
        c = substr(from, i, 1)
        if (c == "\"") break
        if (c == "\\") {
            c = substr(from, ++i, 1)
            if (c == "n") c = "\n"
            else if (c == "t") c = "\t"
        }
        out = out c
    }
    used = i
    sub(/\n+$/, "", out)
    return out
}
