package capture

import "strings"

// cutPrefix begins the comment on the last packet of a leg that is recorded no further.
const cutPrefix = "the recording of this session ends here: "

// CutNote returns the comment of a recording on the last packet of a leg of a session
// that went on, and why it is recorded no further.
func CutNote(why string) string { return cutPrefix + why }

// ParseCutNote returns why a leg is recorded no further. ok is false where the comment
// is not [CutNote]'s.
func ParseCutNote(comment string) (why string, ok bool) { return strings.CutPrefix(comment, cutPrefix) }
