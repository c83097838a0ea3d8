package main

import (
	"bytes"
	"io"
	"strings"

	"github.com/spf13/cobra"
)

// boolValues is what the library writes behind each flag that takes no value.
const boolValues = "[=true|false]"

// plainUsage has all commands tell of flags that take no value as people give them: -k.
func plainUsage(root *cobra.Command) {
	standard := root.UsageFunc()
	root.SetUsageFunc(func(c *cobra.Command) error {
		out := c.OutOrStderr()
		var text bytes.Buffer
		c.SetOut(&text)
		err := standard(c)
		c.SetOut(out)
		if err != nil {
			return err
		}
		// What stands behind them keeps its column.
		blank := strings.Repeat(" ", len(boolValues))
		_, err = io.WriteString(out, strings.ReplaceAll(text.String(), boolValues, blank))
		return err
	})
}
