-- Fates: what the relay did with a frame ------------------------------------------------
--
-- A recording of the relay says so in the comment of a packet:
--
--   injected HeartRequest
--   held SYNACK, stream 3, rule 2, for 2.5s, at byte 118
--   injected 12 bytes, rule 4
--
-- A comment has a line for each note. Where one names a byte, and the frame is on the leg of
-- who sent it, it is about the frame that begins there: bytes are counted from 1, in what that
-- end sent. Else it is about the first frame with that command and stream that begins in the packet. A
-- note that the relay asked a peer, or absorbed an answer, may stand for several.

local kinds = {
    forwarded = {}, held = {},
    injected = { made = true }, repeated = { made = true }, -- the sender knows nothing of it
    absorbed = { kept = true }, dropped = { kept = true }, replaced = { kept = true }, -- the receiver knows nothing of it
}

-- What a field of the packet can hold.
local MOST = { stream = 2 ^ 32 - 1, rule = 2 ^ 16 - 1, held = 2 ^ 31 - 1, bytes = 2 ^ 20 }
local SECONDS = { h = 3600, m = 60, s = 1, ms = 1e-3, ["\194\181s"] = 1e-6, us = 1e-6, ns = 1e-9 }

-- Returns a duration such as 1m0.5s, in seconds; nil where it is none.
local function parse_duration(text)
    local total, at = 0, 1
    while at <= #text do
        local number, unit, after = text:match("^([%d.]+)([^%d.]+)()", at)
        if not tonumber(number) or not SECONDS[unit] then return nil end
        total, at = total + tonumber(number) * SECONDS[unit], after
    end
    return total > 0 and total <= MOST.held and total or nil
end

-- Returns the note that a comment is; nil where it is none: people write comments, too.
local function parse_note(comment)
    local note
    for part in (comment .. ", "):gmatch("(.-), ") do
        local word, value = part:match("^(%l+) (.+)$")
        local number = value and value:match("^%d+$") and tonumber(value)
        if note == nil then
            local kind = kinds[word]
            if kind == nil then return nil end
            local bytes = tonumber(value:match("^(%d+) bytes$"))
            if bytes and (not kind.made or bytes < 1 or bytes > MOST.bytes) then return nil end
            note = { kind = word, bytes = bytes, made = kind.made, kept = kind.kept, command = value, stream = 0, text = word }
        elseif word == "for" then
            note.held = parse_duration(value)
            if note.held == nil then return nil end
            note.text = note.text .. " for " .. value
        elseif word == "at" then
            note.at = tonumber(value:match("^byte (%d+)$"))
            if not note.at or note.at < 1 then return nil end
        elseif (word == "stream" or word == "rule") and number and number <= MOST[word] then
            note[word] = number
        else
            return nil
        end
    end
    if note.kind == "forwarded" and not note.rule and not note.held then return nil end
    if note.rule then note.text = note.text .. " by rule " .. note.rule end
    return note
end

-- Returns the notes in the comments of a packet, which are looked at once.
local function notes_of(pinfo)
    local list = notes[pinfo.number]
    if list == nil then
        list = {}
        for _, comment in ipairs({ frame_comment() }) do
            for line in (comment.value .. "\n"):gmatch("(.-)\n") do
                list[#list + 1] = parse_note(line)
            end
        end
        notes[pinfo.number] = list
    end
    return list
end

-- Tells whether any of the requests without an answer is the relay's.
local function asked_by_relay(asked)
    for _, request in ipairs(asked) do
        if request.made then return true end
    end
    return false
end

-- Returns the note that an answer was absorbed, if this one was: those in the packet that are
-- due to the relay were. Where the capture lacks the relay's request, the first one was.
local function absorbed(s, from, note, len)
    local asked = s.asked[from == "client" and "server" or "client"]
    if not note.fits and not asked_by_relay(asked) then s.doubtful[from] = true end
    if len ~= 0 or not s.doubtful[from] and not (asked[1] and asked[1].made) then return nil end
    note.fits, note.used = true, s.doubtful[from]
    return note
end

-- Tells whether the packet is of the leg with the end that sends it.
local function came(from)
    local name = interface_name()
    return name ~= nil and name.value == from .. " leg"
end

-- Returns the note on what begins with the next byte that an end sends; nil where there is
-- none. It may stand on an earlier packet.
local function noted(pinfo, s, from, name, sid)
    for _, note in ipairs(notes_of(pinfo)) do
        if note.at and came(from) and not note.kept_for then
            note.kept_for = from
            s.noted[from][note.at] = note
        end
    end
    local note = s.noted[from][s.count[from] + 1]
    return note and note.command == name and note.stream == sid and note or nil
end

-- Returns the note on a frame that begins in the packet; nil where there is none.
local function judge(pinfo, s, from, cmd, sid, len)
    local name = names[cmd] or ("unknown(" .. cmd .. ")")
    local at = noted(pinfo, s, from, name, sid)
    if at then return at end
    for _, note in ipairs(notes_of(pinfo)) do
        if not note.used and not note.kept_for and note.command == name and note.stream == sid then
            if cmd == HEART_REQUEST and note.made then return note end
            if cmd == HEART_RESPONSE and note.kind == "absorbed" then
                return absorbed(s, from, note, len)
            end
            note.used = true
            return note
        end
    end
end

-- Judges a frame that goes on in a later packet: the note is on this one.
local function judge_begun(tvb, pinfo, s, from)
    if not pinfo.visited and not s.begun[from] then
        s.begun[from] = { note = judge(pinfo, s, from, tvb(0, 1):uint(), tvb(1, 4):uint(), tvb(5, 2):uint()) }
    end
end

-- Returns the note on a frame that is whole now.
local function fate_of(pinfo, s, from, cmd, sid, len, key)
    if not pinfo.visited then
        local begun = s.begun[from]
        s.begun[from] = nil
        if begun then
            fates[key] = begun.note
        else
            fates[key] = judge(pinfo, s, from, cmd, sid, len)
        end
    end
    return fates[key]
end

-- Returns the note on the preamble, nil where there is none.
local function fate_of_preamble(pinfo, s, from, key)
    if not pinfo.visited then
        fates[key] = noted(pinfo, s, from, "preamble", 0)
        for _, note in ipairs(notes_of(pinfo)) do
            if note.command == "preamble" and not note.kept_for then fates[key] = fates[key] or note end
        end
    end
    return fates[key]
end

-- Returns the note on bytes that a record begins with and that are no frame, and how many they
-- are; nil where there are none.
local function made_bytes(pinfo, key, most)
    if not pinfo.visited then
        for _, note in ipairs(notes_of(pinfo)) do
            if note.bytes and not note.used and note.bytes <= most then
                note.used = true
                fates[key] = note
                break
            end
        end
    end
    local note = fates[key]
    if note then return note, note.bytes end
end

local function add_fate(tree, note)
    tree:add(f.fate, note.kind):set_generated()
    if note.rule then tree:add(f.rule, note.rule):set_generated() end
    if note.held then
        local whole = math.floor(note.held)
        tree:add(f.held, NSTime.new(whole, math.floor((note.held - whole) * 1e9 + 0.5))):set_generated()
    end
end
