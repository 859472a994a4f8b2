package text

import (
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Dialect is how one console says the catalogue: its cloud's nouns stand in
// the place of the shared ones, and a text that this does not make right has
// words of its own. Both are in the dialect's file (ctyun.go). Terms are put
// into the catalogue's texts and never into what these are filled with, so a
// user's own names stay as they are. A nil dialect says the catalogue as it is.
type Dialect struct{ texts func() words }

// term is one noun of the catalogue and what the dialect says instead. English
// terms are the singular; the plural and the article follow.
type term struct{ from, to string }

// newDialect makes a dialect that is put together when its first text is asked
// for.
func newDialect(own []words, zh, en []term) *Dialect {
	return &Dialect{texts: sync.OnceValue(func() words {
		inZH, inEN := newSpeech(zh, `(?:`, `)`), newSpeech(en, `\b(?:`, `)(?:e?s)?\b`)
		inEN.english = true
		out := make(words, len(catalogue()))
		for key, w := range catalogue() {
			if _, zilliz := zillizWords[key]; zilliz {
				out[key] = w // that console stands between clouds, and names them
				continue
			}
			out[key] = word{inZH.say(w.zh), inEN.say(w.en)}
		}
		all, _ := merge(own)
		for key, w := range all {
			out[key] = w
		}
		return out
	})}
}

// T answers the text of a key in this dialect; see Lang.T.
func (d *Dialect) T(l Lang, key string, pairs ...any) string {
	return l.fill(d.words(), key, pairsOf(pairs))
}

// T2 is T for refusals and reasons, which carry their arguments as a map.
func (d *Dialect) T2(l Lang, key string, args map[string]string) string {
	return l.fill(d.words(), key, mapOf(args))
}

func (d *Dialect) words() words {
	if d == nil {
		return catalogue()
	}
	return d.texts()
}

// speech puts one language's terms into texts.
type speech struct {
	find    *regexp.Regexp
	terms   map[string]string // by the lower case of what is replaced
	english bool
}

func newSpeech(terms []term, before, after string) speech {
	s := speech{terms: map[string]string{}}
	// The longest first: Go's alternation takes the first that fits.
	terms = slices.Clone(terms)
	sort.Slice(terms, func(i, j int) bool { return len(terms[j].from) < len(terms[i].from) })
	var parts []string
	for _, t := range terms {
		s.terms[strings.ToLower(t.from)] = t.to
		part := regexp.QuoteMeta(t.from)
		if first := t.from[:1]; first == strings.ToLower(first) && first < "z" {
			part = "[" + first + strings.ToUpper(first) + "]" + regexp.QuoteMeta(t.from[1:])
		}
		parts = append(parts, part)
	}
	s.find = regexp.MustCompile(before + strings.Join(parts, "|") + after)
	return s
}

// say replaces the terms of a text. What is inside braces is a name, except
// for the two forms of {n:one|many}.
func (s speech) say(text string) string {
	if len(s.terms) == 0 {
		return text
	}
	var b strings.Builder
	for text != "" {
		before, rest, open := strings.Cut(text, "{")
		s.put(&b, before)
		if !open {
			break
		}
		inside, after, _ := strings.Cut(rest, "}")
		name, forms, plural := strings.Cut(inside, ":")
		b.WriteString("{" + name)
		if plural {
			one, many, _ := strings.Cut(forms, "|")
			b.WriteString(":" + s.find.ReplaceAllStringFunc(one, s.of) + "|" + s.find.ReplaceAllStringFunc(many, s.of))
		}
		b.WriteString("}")
		text = after
	}
	return b.String()
}

func (s speech) put(b *strings.Builder, text string) {
	at := 0
	for _, m := range s.find.FindAllStringIndex(text, -1) {
		if rest := text[m[1]:]; latin(rune(text[m[1]-1])) && rest != "" && latin(rune(rest[0])) {
			continue // ECS1 is a name
		}
		b.WriteString(text[at:m[0]])
		to := s.of(text[m[0]:m[1]])
		if s.english {
			to = joined(b, to)
		} else {
			spaced(b, to)
		}
		b.WriteString(to)
		if at = m[1]; !s.english {
			at += gap(b, to, text[at:])
		}
	}
	b.WriteString(text[at:])
}

// of is what is said instead of one match, in its number and case.
func (s speech) of(match string) string {
	to, ok := s.terms[strings.ToLower(match)]
	for _, end := range []string{"s", "es"} {
		if base, cut := strings.CutSuffix(strings.ToLower(match), end); cut && !ok {
			if to, ok = s.terms[base]; ok {
				to += "s"
			}
		}
	}
	if first, second := match[0], match[min(1, len(match)-1)]; s.english && unicode.IsUpper(rune(first)) && unicode.IsLower(rune(second)) {
		to = capital(to)
	}
	return to
}

func capital(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}

// joined fits a term to what was said before it: a capital at the beginning of
// a sentence, and the right article.
func joined(b *strings.Builder, to string) string {
	said := b.String()
	if said == "" || strings.HasSuffix(said, ". ") || strings.HasSuffix(said, "? ") {
		return capital(to)
	}
	vowel := strings.ContainsRune("aeiouAEIOU", rune(to[0]))
	for _, article := range []string{"a", "A"} {
		for _, n := range []string{"", "n"} {
			end := article + n + " "
			if (said == end || strings.HasSuffix(said, " "+end)) && vowel != (n == "n") {
				b.Reset()
				b.WriteString(strings.TrimSuffix(said, end) + article)
				if vowel {
					b.WriteString("n")
				}
				b.WriteString(" ")
				return to
			}
		}
	}
	return to
}

func han(r rune) bool { return unicode.Is(unicode.Han, r) }

func latin(r rune) bool { return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// spaced puts a space between Chinese and Latin letters, and none between
// Chinese ones.
func spaced(b *strings.Builder, to string) {
	said := b.String()
	first, _ := utf8.DecodeRuneInString(to)
	last, _ := utf8.DecodeLastRuneInString(strings.TrimSuffix(said, " "))
	switch space := strings.HasSuffix(said, " "); {
	case space && han(first) && han(last):
		b.Reset()
		b.WriteString(strings.TrimSuffix(said, " "))
	case !space && latin(first) && han(last):
		b.WriteString(" ")
	}
}

// gap is spaced for what comes after a term; it answers how much of that is
// left out.
func gap(b *strings.Builder, to, after string) int {
	last, _ := utf8.DecodeLastRuneInString(to)
	next, _ := utf8.DecodeRuneInString(strings.TrimPrefix(after, " "))
	switch space := strings.HasPrefix(after, " "); {
	case space && han(last) && han(next):
		return 1
	case !space && latin(last) && han(next):
		b.WriteString(" ")
	}
	return 0
}
