package lab

import "culvert.internal/cloud"

func mapping() *Node { return &Node{Kind: Mapping} }

func row() *Node { return &Node{Kind: Mapping, Flow: true} }

// opt puts a text that is not empty.
func (n *Node) opt(key, v string) *Node {
	if v == "" {
		return n
	}
	return n.put(key, text(v))
}

// unless puts a text that is not what holds without it.
func (n *Node) unless(key, v, otherwise string) *Node {
	if v == otherwise {
		return n
	}
	return n.put(key, text(v))
}

func (n *Node) num(key string, v int) *Node { return n.put(key, number(v)) }

func (n *Node) yes(key string, v bool) *Node {
	word := "false"
	if v {
		word = "true"
	}
	return n.put(key, &Node{Text: word, Plain: true})
}

func (n *Node) ifYes(key string, v bool) *Node {
	if !v {
		return n
	}
	return n.yes(key, v)
}

func (n *Node) words(key string, list []string) *Node {
	if len(list) == 0 {
		return n
	}
	out := &Node{Kind: List, Flow: true}
	for _, w := range list {
		out.Items = append(out.Items, text(w))
	}
	return n.put(key, out)
}

// rowsAt puts a list of things, unless there are none.
func rowsAt[T any](n *Node, key string, list []T, of func(T) *Node) *Node {
	out := &Node{Kind: List}
	for _, v := range list {
		if one := of(v); one != nil {
			out.Items = append(out.Items, one)
		}
	}
	if len(out.Items) == 0 {
		return n
	}
	return n.put(key, out)
}

// ports puts a range of ports, unless it is all of them.
func (n *Node) ports(key string, from, to uint16) *Node {
	switch {
	case from == 0:
		return n
	case from == to:
		return n.num(key, int(from))
	}
	return n.opt(key, cloud.Ports(from, to))
}
