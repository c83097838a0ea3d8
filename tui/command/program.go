package command

// program returns the commands about the program itself.
func program() Group {
	return Group{"Program", []Command{
		{
			Name: "help", Keys: []string{"?"}, Label: "?", Help: "all keys",
			Hint: Hint{Place: lastPlace, Word: always("keys")},
			Run:  Help{},
		},
		{
			Name: "quit", Keys: []string{"q"}, Label: "q", Help: "quit",
			Hint: Hint{Place: lastPlace + 1, Word: always("quit")},
			Run:  Quit{},
		},
		{Name: "kill", Keys: []string{"ctrl+c"}, Label: "ctrl+c", Help: "quit at once", Run: Leave{}},
	}}
}
