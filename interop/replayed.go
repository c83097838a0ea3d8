package interop

import (
	"context"
	"fmt"
	"os/exec"
)

// Replay returns the frames that the program's own replay finds in a capture, by the number
// of the connection and the direction. [Tshark.Frames] returns the same of tshark.
func Replay(ctx context.Context, file string, flags ...string) (map[Route]*Told, error) {
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, binary, append([]string{"replay", file, "-o", "json"}, flags...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("replay %s: %w", file, err)
	}
	lines := new(Lines)
	_, _ = lines.Write(out) // never fails
	frames, err := lines.frames()
	if err != nil {
		return nil, err
	}
	told := make(tellings)
	for _, ev := range frames {
		told.add(Route{Session: ev.Session, Dir: ev.Dir}, ev)
	}
	return told, nil
}
