package instance

import (
	"strconv"
	"strings"
	"time"
)

// option is one option of a command line: its letter and its value.
type option struct {
	letter rune
	value  string
}

// getopt reads options as POSIX tools do: letters may be joined ("-vz"), a
// value may follow its letter directly or as the next word. letters lists
// those that exist, with a colon behind those that take a value; long gives
// the letter of "--name". bad is the first option that is not known or lacks
// its value. Operands and options may be mixed.
func getopt(args []string, letters string, long map[string]rune) (opts []option, operands []string, bad string) {
	takes := func(r rune) bool {
		_, after, _ := strings.Cut(letters, string(r))
		return strings.HasPrefix(after, ":")
	}
	for i := 0; i < len(args); i++ {
		word := args[i]
		next := func() (string, bool) {
			i++
			if i >= len(args) {
				return "", false
			}
			return args[i], true
		}
		switch {
		case word == "--":
			return opts, append(operands, args[i+1:]...), ""
		case strings.HasPrefix(word, "--"):
			name, value, has := strings.Cut(word[2:], "=")
			letter, ok := long[name]
			if !ok || has && !takes(letter) {
				return nil, nil, word
			}
			if takes(letter) && !has {
				if value, ok = next(); !ok {
					return nil, nil, word
				}
			}
			opts = append(opts, option{letter, value})
		case len(word) > 1 && word[0] == '-':
			for rest := word[1:]; rest != ""; {
				letter := rune(rest[0])
				rest = rest[1:]
				if letter == ':' || !strings.ContainsRune(letters, letter) {
					return nil, nil, "-" + string(letter)
				}
				o := option{letter: letter}
				if takes(letter) {
					ok := true
					if o.value, rest = rest, ""; o.value == "" {
						if o.value, ok = next(); !ok {
							return nil, nil, "-" + string(letter)
						}
					}
				}
				opts = append(opts, o)
			}
		default:
			operands = append(operands, word)
		}
	}
	return opts, operands, ""
}

// seconds reads a duration as the tools take it: "3", "0.5".
func seconds(s string) (time.Duration, bool) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > 3600 {
		return 0, false
	}
	return time.Duration(f * float64(time.Second)), true
}

func portNumber(s string) (uint16, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil && n > 0
}
