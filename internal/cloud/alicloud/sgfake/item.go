package sgfake

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cloudlb/terraform-provider-cloudlb/internal/cloud/alicloud/acsfake"
)

// item is one member of a parameter such as Servers, by the names of its fields.
type item map[string]string

const (
	maxWeight     = 100
	defaultWeight = 100
	maxPort       = 65535

	// The types of servers, as the vendor writes them.
	ecs, eni, eci, ip, fc = "Ecs", "Eni", "Eci", "Ip", "Fc"
)

// number reads a field that is a whole number; given is false where it is left
// out.
func (it item) number(field string, least, most int) (n int, given bool, _ *acsfake.Refusal) {
	text, given := it[field]
	if !given || text == "" {
		return 0, false, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, true, illegal(field, "The param of %s is illegal: %s.", field, text)
	}
	return n, true, nil
}

// checkItem checks what can be told of an item by itself.
func (c *Cloud) checkItem(it item) *acsfake.Refusal {
	switch {
	case it["ServerId"] == "":
		return missing("ServerId")
	case it["ServerType"] == "":
		return missing("ServerType")
	case !slices.Contains(c.types, it["ServerType"]):
		return illegal("ServerType", "The param of ServerType is illegal: %s.", it["ServerType"])
	}
	_, given, refused := it.number("Port", c.firstPort, maxPort)
	switch {
	case refused != nil:
		return refused
	case !given && c.portNeeded && it["ServerType"] != fc:
		return missing("Port")
	}
	if _, _, refused := it.number("Weight", 0, maxWeight); refused != nil {
		return refused
	}
	for _, field := range []string{"ServerIp", "ServerId"} {
		if field == "ServerId" && it["ServerType"] != ip || it[field] == "" {
			continue
		}
		if _, err := netip.ParseAddr(it[field]); err != nil {
			return illegal("IP", "The param of %s is illegal: %s.", field, it[field])
		}
	}
	d := it["Description"]
	if d != "" && (!c.description.MatchString(d) || utf8.RuneCountInString(d) > 256 ||
		strings.HasPrefix(d, "http://") || strings.HasPrefix(d, "https://")) {
		return illegal("description", "The param of description is illegal.")
	}
	if r := it["RemoteIpEnabled"]; r != "" && r != "true" && r != "false" || r == "true" && it["ServerType"] != ip {
		return illegal("RemoteIpEnabled", "The param of RemoteIpEnabled is illegal.")
	}
	return nil
}

// text is an item as the log shows it: i-a:8080@100, eni-a:10.0.0.1:80,
// 10.0.0.1:80.
func (it item) text(removal bool) string {
	port, _ := strconv.Atoi(it["Port"])
	m := Member{ServerID: it["ServerId"], Type: it["ServerType"], ServerIP: normalIP(it["ServerIp"]), Port: port}
	if w := it["Weight"]; w != "" && !removal {
		return keyOf(m) + "@" + w
	}
	return keyOf(m)
}

// keyOf is what a member is called: i-1:8080, eni-1:10.0.0.1:8080, or
// 10.0.0.1:8080 of an address. A member with all ports has none in it.
func keyOf(m Member) string {
	switch {
	case m.Type == ip && m.Port == 0:
		return normalIP(m.ServerID)
	case m.Type == ip:
		return net.JoinHostPort(normalIP(m.ServerID), strconv.Itoa(m.Port))
	}
	key := m.ServerID
	if m.Type != ecs && m.ServerIP != "" {
		key += ":" + m.ServerIP
	}
	if m.Port != 0 {
		key += ":" + strconv.Itoa(m.Port)
	}
	return key
}

// normalIP is an address in its canonical spelling.
func normalIP(s string) string {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	return s
}
