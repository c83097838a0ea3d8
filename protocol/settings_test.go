package protocol_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
)

func TestParseSettings(t *testing.T) {
	const md5 = "75cff2ad89aadf5e257059ee571ebe11"
	tests := []struct {
		name, data string
		want       protocol.SettingsText
		err        string
	}{
		{
			name: "of a client", data: "v=2\nclient=anytls/0.0.13\npadding-md5=" + md5,
			want: protocol.SettingsText{Version: 2, Client: "anytls/0.0.13", PaddingMD5: md5},
		},
		{
			name: "in another order", data: "padding-md5=" + md5 + "\nv=2\nclient=anytls/0.0.13",
			want: protocol.SettingsText{Version: 2, Client: "anytls/0.0.13", PaddingMD5: md5},
		},
		{name: "of a server", data: "v=2", want: protocol.SettingsText{Version: 2}},
		{name: "of nobody", data: ""},
		{
			name: "with keys of its own, one of them twice", data: "a=1\nv=1\na==2\n=x",
			want: protocol.SettingsText{Version: 1, Other: []protocol.KeyValue{{Key: "a", Value: "1"}, {Key: "a", Value: "=2"}, {Key: "", Value: "x"}}},
		},
		{name: "with the last of two versions", data: "v=1\nv=2\n", want: protocol.SettingsText{Version: 2}},
		{
			name: "with lines that are none", data: "v=2\nhello\n\nclient=x\nworld",
			want: protocol.SettingsText{Version: 2, Client: "x"}, err: `settings line 2 has no '=': "hello"`,
		},
		{
			name: "with a version in words", data: "client=x\nv=two",
			want: protocol.SettingsText{Client: "x"}, err: `settings line 2 has a version that is not a number below 65536, so that Go peers read version 1: "v=two"`,
		},
		{name: "with a version out of range", data: "v=65536", err: `settings line 1 has a version that is not a number below 65536: "v=65536"`},
		{name: "with a negative version", data: "v=-1", err: `settings line 1 has a version that is not a number below 65536, so that Go peers read version 1: "v=-1"`},
		{
			name: "with a carriage return behind the version", data: "v=2\r\nclient=x\r",
			want: protocol.SettingsText{Client: "x\r"}, err: `settings line 1 ends with a carriage return, so that Go peers read version 1: "v=2\r"`,
		},
		{
			name: "with a carriage return elsewhere", data: "v=2\n\r",
			want: protocol.SettingsText{Version: 2}, err: `settings line 2 ends with a carriage return: "\r"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := protocol.ParseSettings([]byte(test.data))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if errorText(err) != test.err {
				t.Errorf("error %q, want %q", errorText(err), test.err)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSettingsWireForm(t *testing.T) {
	s := protocol.SettingsText{Version: 2, Client: "x/1", PaddingMD5: "ff", Other: []protocol.KeyValue{{Key: "k", Value: "v"}}}
	const want = "before v=2\nclient=x/1\npadding-md5=ff\nk=v"
	if got := s.Append([]byte("before ")); string(got) != want {
		t.Errorf("wire form %q, want %q", got, want)
	}
	if got := (protocol.SettingsText{}).Append(nil); len(got) != 0 {
		t.Errorf("settings that say nothing: %q", got)
	}
}

// FuzzSettings holds that parsed settings are the same after they are encoded and
// parsed again.
func FuzzSettings(f *testing.F) {
	f.Add([]byte("v=2\nclient=anytls/0.0.13\npadding-md5=75cff2ad89aadf5e257059ee571ebe11"))
	f.Add([]byte("v=\n=\n==\nx"))
	f.Add([]byte("k=v\r\nclient=x\r"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, _ := protocol.ParseSettings(data)
		wire := s.Append(nil)
		back, err := protocol.ParseSettings(wire)
		// A carriage return at the end of a line is a part of the value, and a fault still.
		if faulty := bytes.Contains(append(wire, '\n'), []byte("\r\n")); (err != nil) != faulty {
			t.Fatalf("%q encodes to %q: %v", data, wire, err)
		}
		if diff := cmp.Diff(s, back); diff != "" {
			t.Errorf("%q encodes to %q (-before +after):\n%s", data, wire, diff)
		}
	})
}
