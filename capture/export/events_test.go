package export

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
)

// TestEventsDocument: docs/events.md names each field that a line can have.
func TestEventsDocument(t *testing.T) {
	text, err := os.ReadFile("../../docs/events.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []any{line{}, debt{}, tlsFields{}, incidentLine{}, incidentFields{}, streamFields{}, frameFields{}, ruleFields{}, summary{}, heartbeats{}, failed{}, sessionEvidence{}, journal.EvidenceFigures{}, journal.GapFigures{}, journal.GapCounts{}, journal.UnseenFigures{}} {
		of := reflect.TypeOf(form)
		for i := range of.NumField() {
			if of.Field(i).Anonymous {
				continue // it is a form itself
			}
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if !strings.Contains(string(text), "`"+name+"`") {
				t.Errorf("docs/events.md does not name %s of a %s", name, of.Name())
			}
		}
	}
}
