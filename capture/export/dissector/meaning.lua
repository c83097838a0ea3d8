-- State, which is built up while the capture is read for the first time ----------

local sessions -- by TCP stream
local stream_of -- the TCP stream, by packet
local links -- what is known of a frame from others, by the frame's key
local notes -- what the comments of a packet say of frames, by packet
local fates -- the note on a frame, by the frame's key

function anytls.init()
    sessions, stream_of, links, notes, fates = {}, {}, {}, {}, {}
end

local function last(extractor)
    local all = { extractor() }
    return all[#all], #all
end

-- The session that the packet belongs to; nil where there is none yet.
local function find(pinfo)
    local stream = stream_of[pinfo.number]
    if stream == nil then
        local field = last(tcp_stream)
        if field == nil then return nil end
        stream = field.value
        stream_of[pinfo.number] = stream
    end
    return sessions[stream], stream
end

local function end_of(addr, port) return tostring(addr) .. " " .. port end

local function open(stream, client)
    local s = {
        client = client, -- its address and port
        settings = false,
        newest = -1, -- the highest stream id
        streams = {},
        asked = { client = {}, server = {} }, -- HeartRequests without an answer, by who asked
        doubtful = {}, -- by who sends: requests may be missing, so that notes alone tell what was absorbed
        count = { client = 0, server = 0 }, -- bytes of whole frames and of the preamble, by who sends
        noted = { client = {}, server = {} }, -- notes on frames that came, by the number of their first byte
        begun = {}, -- the note on the frame that goes on in a later record, by who sends it
    }
    sessions[stream] = s
    return s
end

local function stream_state(s, sid)
    local st = s.streams[sid]
    if st == nil then
        st = { address = "" }
        s.streams[sid] = st
    end
    return st
end

-- Parts ------------------------------------------------------------------------------

local function text_of(range) return range:string(ENC_UTF_8) end

-- Parses a SOCKS address and port. Returns it as text and its length; nil and
-- whether more bytes could make it one.
local function parse_target(b)
    local n = b:len()
    if n < 1 then return nil, true end
    local kind, host, at = b(0, 1):uint(), nil, nil
    if kind == 1 then
        if n < 7 then return nil, true end
        host, at = tostring(b(1, 4):ipv4()), 5
    elseif kind == 3 then
        if n < 2 or n < 4 + b(1, 1):uint() then return nil, true end
        at = 2 + b(1, 1):uint()
        host = at > 2 and text_of(b(2, at - 2)) or ""
    elseif kind == 4 then
        if n < 19 then return nil, true end
        host, at = "[" .. tostring(b(1, 16):ipv6()) .. "]", 17
    else
        return nil, false
    end
    return host .. ":" .. b(at, 2):uint(), at + 2
end

local function add_settings(tree, data)
    local known = { v = f.version, client = f.client, ["padding-md5"] = f.padding_md5 }
    local at = 0
    for line in (data:raw() .. "\n"):gmatch("(.-)\n") do
        if #line > 0 then
            local range = data(at, #line)
            local item = tree:add(f.setting, range, text_of(range))
            local key = line:match("^(.-)=")
            if known[key] then
                local value = #line > #key + 1 and text_of(range(#key + 1)) or ""
                item:add(known[key], range, value)
            end
        end
        at = at + #line + 1
    end
end

-- The first PSH of a stream from the client begins with the target. It may be cut
-- anywhere, so it is put together from as many as it takes.
local function add_target(tree, data, pinfo, st, key, info)
    if not pinfo.visited and st.target == nil and not st.hopeless and data:len() > 0 then
        local before = #st.address / 2
        local hex = st.address .. data(0, math.min(data:len(), 300)):bytes():tohex()
        local text, more = parse_target(ByteArray.new(hex):tvb("target")())
        if text then
            st.target, links[key] = text, more - before -- how much of it is here
        elseif more then
            st.address, links[key] = hex, data:len()
        else
            st.hopeless, links[key] = true, -1
        end
    end
    local here = links[key]
    if here == -1 then
        tree:add_proto_expert_info(e.target)
    elseif here then
        tree:add(f.target, data(0, here), st.target or "(goes on)")
        info.text = info.text .. " → " .. (st.target or "…")
        if here < data:len() then tree:add(f.payload, data(here)) end
        return
    end
    tree:add(f.payload, data)
end

local function add_link(tree, field, time_field, other)
    if other == nil then return end
    tree:add(field, other.number):set_generated()
    if other.time then tree:add(time_field, NSTime.new(math.floor(other.time), math.floor(other.time % 1 * 1e9 + 0.5))):set_generated() end
end

-- Pairs a request with its answer: they come in the same order.
local function pair(asked, pinfo, key)
    local request = table.remove(asked, 1)
    if request == nil then
        links[key] = { unsolicited = true }
        return
    end
    local time = pinfo.rel_ts - request.at
    links[key] = { number = request.number, time = time }
    links[request.key] = { number = pinfo.number, time = time }
end

local function heartbeat(tree, pinfo, s, cmd, from, key, fate)
    local other = from == "client" and "server" or "client"
    if not pinfo.visited then
        if cmd == HEART_RESPONSE then
            pair(s.asked[other], pinfo, key)
        elseif not (fate and fate.kept) then
            table.insert(s.asked[from], { number = pinfo.number, at = pinfo.rel_ts, key = key, made = fate and fate.made })
        end
    end
    local link = links[key]
    if cmd == HEART_REQUEST then
        add_link(tree, f.response_in, f.heart_time, link)
        if link == nil and pinfo.visited then tree:add_proto_expert_info(e.unanswered) end
    elseif link and link.unsolicited then
        tree:add_proto_expert_info(e.unsolicited)
    else
        add_link(tree, f.request_in, f.heart_time, link)
    end
end

local function syn(tree, pinfo, s, sid, key)
    if not pinfo.visited then
        links[key] = { early = not s.settings, order = sid <= s.newest }
        s.newest = math.max(s.newest, sid)
        s.streams[sid] = { address = "", syn = { number = pinfo.number, at = pinfo.rel_ts, key = key } }
    end
    local link = links[key]
    if link == nil then return end
    if link.early then tree:add_proto_expert_info(e.early) end
    if link.order then tree:add_proto_expert_info(e.order) end
    if link.number then add_link(tree, f.synack_in, f.synack_time, link) end
end

local function synack(tree, data, pinfo, s, sid, key)
    local asked = stream_state(s, sid).syn
    if not pinfo.visited and asked then
        local time = pinfo.rel_ts - asked.at
        links[key] = { number = asked.number, time = time }
        links[asked.key].number, links[asked.key].time = pinfo.number, time
    end
    add_link(tree, f.syn_in, f.synack_time, links[key])
    if data then
        tree:add(f.synack_error, data, text_of(data))
        tree:add_proto_expert_info(e.refused, "The server could not open the stream: " .. text_of(data))
    end
end
