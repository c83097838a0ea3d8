-- Fates: what the relay did with a frame ------------------------------------------------
--
-- A recording of the relay says so in the comment of a packet:
--
--   injected HeartRequest
--   held SYNACK, stream 3, rule 2, for 2.5s
--
-- It is about the first frame with that command and stream that begins in the packet. A
-- note that the relay asked a peer, or absorbed an answer, may stand for several.

local kinds = {
    forwarded = {}, held = {},
    injected = { made = true }, repeated = { made = true }, -- the sender knows nothing of it
    absorbed = { kept = true }, dropped = { kept = true }, replaced = { kept = true }, -- the receiver knows nothing of it
}

-- What a field of the packet can hold.
local MOST = { stream = 2 ^ 32 - 1, rule = 2 ^ 16 - 1, held = 2 ^ 31 - 1 }
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
            note = { kind = word, made = kind.made, kept = kind.kept, command = value, stream = 0, text = word }
        elseif word == "for" then
            note.held = parse_duration(value)
            if note.held == nil then return nil end
            note.text = note.text .. " for " .. value
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
            list[#list + 1] = parse_note(comment.value)
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

-- Returns the note on a frame that begins in the packet; nil where there is none.
local function judge(pinfo, s, from, cmd, sid, len)
    local name = names[cmd] or ("unknown(" .. cmd .. ")")
    for _, note in ipairs(notes_of(pinfo)) do
        if not note.used and note.command == name and note.stream == sid then
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

local function add_fate(tree, note)
    tree:add(f.fate, note.kind):set_generated()
    if note.rule then tree:add(f.rule, note.rule):set_generated() end
    if note.held then
        local whole = math.floor(note.held)
        tree:add(f.held, NSTime.new(whole, math.floor((note.held - whole) * 1e9 + 0.5))):set_generated()
    end
end
