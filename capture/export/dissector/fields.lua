-- Wireshark and tshark dissector for AnyTLS: sessions inside TLS, frames inside
-- sessions. Needs the TLS secrets: a recording of anytls-inspect has them
-- inside, else set tls.keylog_file.
--
--   wireshark -X lua_script:anytls.lua FILE      or copy this file into the
--   folder that "tshark -G folders" calls Personal Lua Plugins.
--
-- Wireshark goes by ports before it looks for TLS. Where a connection is taken for
-- something else, since one of its ends happens to have that protocol's port:
-- -o tcp.try_heuristic_first:TRUE.
--
-- A TLS connection whose first bytes look like an AnyTLS preamble is taken for a
-- session, on any port. Where that fails (the capture begins later, or ALPN says
-- another protocol), name the server's port: -d tls.port==8443,anytls, or the
-- preference anytls.tls_ports.

local anytls = Proto("anytls", "AnyTLS")

-- The wire format ---------------------------------------------------------------

local HASH_LEN, PREAMBLE_LEN, HEADER_LEN = 32, 34, 7

local WASTE, SYN, PSH, FIN, SETTINGS, ALERT = 0, 1, 2, 3, 4, 5
local SCHEME, SYNACK, HEART_REQUEST, HEART_RESPONSE, SERVER_SETTINGS = 6, 7, 8, 9, 10

local names = {
    [WASTE] = "Waste", [SYN] = "SYN", [PSH] = "PSH", [FIN] = "FIN",
    [SETTINGS] = "Settings", [ALERT] = "Alert", [SCHEME] = "UpdatePaddingScheme",
    [SYNACK] = "SYNACK", [HEART_REQUEST] = "HeartRequest",
    [HEART_RESPONSE] = "HeartResponse", [SERVER_SETTINGS] = "ServerSettings",
}
-- Who may send a command; nil: either.
local sender = {
    [SYN] = "client", [SETTINGS] = "client", [ALERT] = "server", [SCHEME] = "server",
    [SYNACK] = "server", [SERVER_SETTINGS] = "server",
}
local of_stream = { [SYN] = true, [PSH] = true, [FIN] = true, [SYNACK] = true }
-- Commands whose data the Go implementations do not consume: they are lost after.
local without_data = { [SYN] = true, [FIN] = true, [HEART_REQUEST] = true, [HEART_RESPONSE] = true }

-- Fields --------------------------------------------------------------------------

local f = {
    hash = ProtoField.bytes("anytls.auth.hash", "SHA-256 of the password"),
    padding_len = ProtoField.uint16("anytls.auth.padding_len", "Length of padding0"),
    padding = ProtoField.bytes("anytls.auth.padding", "padding0"),
    cmd = ProtoField.uint8("anytls.cmd", "Command", base.DEC, names),
    sid = ProtoField.uint32("anytls.sid", "Stream"),
    len = ProtoField.uint16("anytls.len", "Length"),
    data = ProtoField.bytes("anytls.data", "Data"),
    dir = ProtoField.string("anytls.dir", "Direction"),
    target = ProtoField.string("anytls.target", "Target"),
    stream_target = ProtoField.string("anytls.stream.target", "Target of the stream"),
    payload = ProtoField.bytes("anytls.payload", "Payload"),
    setting = ProtoField.string("anytls.settings", "Setting"),
    version = ProtoField.string("anytls.settings.v", "Version"),
    client = ProtoField.string("anytls.settings.client", "Client"),
    padding_md5 = ProtoField.string("anytls.settings.padding_md5", "MD5 of the padding scheme"),
    alert = ProtoField.string("anytls.alert", "Alert"),
    scheme = ProtoField.string("anytls.padding_scheme", "Padding scheme"),
    synack_error = ProtoField.string("anytls.synack.error", "Error"),
    syn_in = ProtoField.framenum("anytls.syn_in", "SYN in", base.NONE, frametype.REQUEST),
    synack_in = ProtoField.framenum("anytls.synack_in", "SYNACK in", base.NONE, frametype.RESPONSE),
    synack_time = ProtoField.relative_time("anytls.synack.time", "Time since SYN"),
    request_in = ProtoField.framenum("anytls.heartbeat.request_in", "HeartRequest in", base.NONE, frametype.REQUEST),
    response_in = ProtoField.framenum("anytls.heartbeat.response_in", "HeartResponse in", base.NONE, frametype.RESPONSE),
    fate = ProtoField.string("anytls.fate", "Fate"),
    rule = ProtoField.uint16("anytls.rule", "Rule"),
    held = ProtoField.relative_time("anytls.held", "Held for"),
    heart_time = ProtoField.relative_time("anytls.heartbeat.time", "Round-trip time"),
}
local fields = {}
for _, field in pairs(f) do fields[#fields + 1] = field end
anytls.fields = fields

local function oddity(name, text, severity)
    return ProtoExpert.new("anytls." .. name, text, expert.group.PROTOCOL, severity or expert.severity.WARN)
end
local e = {
    unknown = oddity("unknown_command", "Unknown command"),
    data = oddity("unexpected_data", "A command that carries no data has some: the Go implementations do not consume it"),
    scope = oddity("unexpected_sid", "A command of the session with a stream id other than 0", expert.severity.NOTE),
    zero = oddity("missing_sid", "A command of a stream with stream id 0"),
    sender = oddity("wrong_sender", "A command that the other side should send"),
    early = oddity("before_settings", "A stream before the client's Settings: servers refuse it"),
    order = oddity("sid_order", "Stream ids must rise"),
    target = oddity("malformed_target", "Not a SOCKS address"),
    alert = oddity("alerted", "The server ends the session with an alert", expert.severity.ERROR),
    refused = oddity("refused", "The server could not open the stream"),
    unsolicited = oddity("unsolicited_response", "A HeartResponse without a request"),
    unanswered = oddity("unanswered_request", "No HeartResponse in this capture", expert.severity.NOTE),
}
local experts = {}
for _, x in pairs(e) do experts[#experts + 1] = x end
anytls.experts = experts

anytls.prefs.heuristic = Pref.bool("Find sessions by their preamble", true, "On TLS connections to any port")
anytls.prefs.tls_ports = Pref.range("TLS ports", "", "Server ports on which every TLS connection is a session", 65535)

local tcp_stream = Field.new("tcp.stream")
local record_length = Field.new("tls.record.length")
local frame_comment = Field.new("frame.comment")
local interface_name = Field.new("frame.interface_name")
