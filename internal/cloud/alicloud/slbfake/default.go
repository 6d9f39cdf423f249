package slbfake

import "slices"

// describeBalancer shows a load balancer and its default server group, whole:
// there are no pages.
func describeBalancer(c *Cloud, q *request) (answer, *refusal) {
	lb, refused := c.balancer(q)
	if refused != nil {
		return nil, refused
	}
	ports := []int{}
	protocols, misspelt := []any{}, []any{}
	for _, l := range lb.listeners {
		if !slices.Contains(ports, l.Port) {
			ports = append(ports, l.Port)
		}
		protocols = append(protocols, map[string]any{"ListenerPort": l.Port, "ListenerProtocol": l.Protocol})
		misspelt = append(misspelt, map[string]any{"ListenerPort": l.Port, "ListenerProtocal": l.Protocol})
	}
	protection := "off"
	if lb.deleteProtection {
		protection = "on"
	}
	return answer{
		"LoadBalancerId":               lb.id,
		"LoadBalancerName":             lb.name,
		"LoadBalancerStatus":           lb.status,
		"LoadBalancerSpec":             "slb.s1.small",
		"RegionId":                     c.region,
		"RegionIdAlias":                c.region,
		"Address":                      "192.0.2.1",
		"AddressType":                  "intranet",
		"AddressIPVersion":             "ipv4",
		"NetworkType":                  "vpc",
		"CreateTime":                   lb.own.created.Format("2006-01-02T15:04:05Z"),
		"CreateTimeStamp":              lb.own.created.UnixMilli(),
		"DeleteProtection":             protection,
		"ModificationProtectionStatus": "NonProtection",
		"BackendServers":               c.list(lb.own.view(q.stale()), false, weightNumber),
		"ListenerPorts":                map[string]any{"ListenerPort": ports},
		"ListenerPortsAndProtocol":     map[string]any{"ListenerPortAndProtocol": protocols},
		"ListenerPortsAndProtocal":     map[string]any{"ListenerPortAndProtocal": misspelt},
		"Tags":                         map[string]any{"Tag": []any{}},
	}, nil
}

func addToDefault(c *Cloud, q *request) (answer, *refusal) {
	return c.changeDefault(q, weightText, c.added)
}

func setInDefault(c *Cloud, q *request) (answer, *refusal) {
	return c.changeDefault(q, weightText, c.reweighted)
}

func removeFromDefault(c *Cloud, q *request) (answer, *refusal) {
	return c.changeDefault(q, weightNumber, c.removed)
}

// change is a group's members after a write, and those that the write named.
type change func(*group, []item) (members, named []Member, refused *refusal)

func (c *Cloud) changeDefault(q *request, style weightStyle, ch change) (answer, *refusal) {
	lb, refused := c.balancer(q)
	if refused != nil {
		return nil, refused
	}
	members, named, refused := ch(lb.own, q.items())
	if refused != nil {
		return nil, refused
	}
	lb.own.commit(members)
	return answer{"LoadBalancerId": lb.id, "BackendServers": c.written(lb.own, named, style)}, nil
}
