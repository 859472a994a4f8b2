// Package text holds every word a person reads in the console, in Chinese and
// English, and nothing else does.
//
// A text has a key whose first word is its noun. Code and templates name keys;
// the words live in the file of the noun:
//
//	var vpcWords = words{
//		"vpc.create": {"创建专有网络", "Create VPC"},
//		"vpc.count":  {"{n} 个专有网络", "{n} {n:VPC|VPCs}"},
//		"vpc.gone":   {"{kind@kind} {id} 已删除", "The {kind@kind} {id} is deleted"},
//	}
//
//	text.EN.T("vpc.count", "n", 2)                  // 2 VPCs
//	text.ZH.T("vpc.gone", "kind", "vpc", "id", id)  // 专有网络 vpc-… 已删除
//
// Placeholders: {name} is the argument; {name:one|many} chooses by whether the
// argument is 1; {name@word} is the text "word.VALUE", so that an engine's
// error can carry a noun or a zone without knowing a language.
//
// Labels are the documents' own (REQUIREMENTS A.16 for those that the Chinese
// document lost); a plainer wording is a hint beside them.
package text

import (
	"fmt"
	"strings"
)

// Lang is one of the two languages of the console (COM-12).
type Lang string

// The languages.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Parse answers the language of a tag such as "en", "en-GB" or "zh-Hans".
func Parse(tag string) (Lang, bool) {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	switch Lang(base) {
	case ZH:
		return ZH, true
	case EN:
		return EN, true
	}
	return "", false
}

// Accept chooses from an Accept-Language header: the first language listed
// that the console speaks (browsers list them by preference), else Chinese.
func Accept(header string) Lang {
	for _, part := range strings.Split(header, ",") {
		tag, _, _ := strings.Cut(part, ";")
		if l, ok := Parse(tag); ok {
			return l
		}
	}
	return ZH
}

// Tag is the language for HTML's lang attribute.
func (l Lang) Tag() string {
	if l == EN {
		return "en"
	}
	return "zh-CN"
}

// Other is the language the reader can switch to.
func (l Lang) Other() Lang {
	if l == EN {
		return ZH
	}
	return EN
}

// T answers the text of a key with its placeholders filled from pairs of name
// and value. An unknown key answers itself.
func (l Lang) T(key string, pairs ...any) string { return l.fill(catalogue(), key, pairsOf(pairs)) }

// T2 is T for refusals and reasons, which carry their arguments as a map.
func (l Lang) T2(key string, args map[string]string) string {
	return l.fill(catalogue(), key, mapOf(args))
}

// filling answers what stands for a placeholder.
type filling func(name string) (string, bool)

func pairsOf(pairs []any) filling {
	return func(name string) (string, bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] == name {
				return fmt.Sprint(pairs[i+1]), true
			}
		}
		return "", false
	}
}

func mapOf(args map[string]string) filling {
	return func(name string) (string, bool) {
		v, ok := args[name]
		return v, ok
	}
}

// Has says whether the catalogue holds the key.
func Has(key string) bool {
	_, ok := catalogue()[key]
	return ok
}

func (l Lang) fill(from words, key string, value filling) string {
	w, ok := from[key]
	if !ok {
		return key
	}
	raw := w.zh
	if l == EN {
		raw = w.en
	}
	if !strings.Contains(raw, "{") {
		return raw
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(raw, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(l.place(from, inside, value))
		raw = after
	}
}

// place answers what stands for one placeholder; a missing argument leaves
// the placeholder visible, so that it is noticed.
func (l Lang) place(from words, inside string, value filling) string {
	if name, forms, ok := strings.Cut(inside, ":"); ok {
		one, many, _ := strings.Cut(forms, "|")
		if v, _ := value(name); v == "1" {
			return one
		}
		return many
	}
	name, word, translated := strings.Cut(inside, "@")
	v, ok := value(name)
	if !ok {
		return "{" + inside + "}"
	}
	if _, known := from[word+"."+v]; translated && known {
		return l.fill(from, word+"."+v, mapOf(nil))
	}
	return v
}
