-- Frames ------------------------------------------------------------------------------

local function check(tree, cmd, sid, len, from)
    if names[cmd] == nil then
        tree:add_proto_expert_info(e.unknown)
        return
    end
    if of_stream[cmd] and sid == 0 then tree:add_proto_expert_info(e.zero) end
    if not of_stream[cmd] and sid ~= 0 then tree:add_proto_expert_info(e.scope) end
    if without_data[cmd] and len > 0 then tree:add_proto_expert_info(e.data) end
    if sender[cmd] and sender[cmd] ~= from then tree:add_proto_expert_info(e.sender) end
end

local function add_frame(tvb, pinfo, root, s, from, key)
    local cmd, sid, len = tvb(0, 1):uint(), tvb(1, 4):uint(), tvb(5, 2):uint()
    local name = names[cmd] or ("Command " .. cmd)
    local tree = root:add(anytls, tvb(), "AnyTLS " .. name)
    tree:add(f.cmd, tvb(0, 1))
    tree:add(f.sid, tvb(1, 4))
    tree:add(f.len, tvb(5, 2))
    tree:add(f.dir, from == "client" and "c2s" or "s2c"):set_generated()
    local fate = fate_of(pinfo, s, from, cmd, sid, len, key)
    if fate then add_fate(tree, fate) end
    local info = { text = name }
    if of_stream[cmd] or sid ~= 0 then info.text = info.text .. " " .. sid end
    check(tree, cmd, sid, len, from)

    local data = len > 0 and tvb(HEADER_LEN, len) or nil
    local st = of_stream[cmd] and cmd ~= SYN and stream_state(s, sid) or nil
    if data and cmd ~= PSH then tree:add(f.data, data) end
    if cmd == SYN then
        syn(tree, pinfo, s, sid, key)
    elseif cmd == PSH and data then
        if from == "client" then
            add_target(tree, data, pinfo, st, key, info)
        else
            tree:add(f.payload, data)
        end
        info.text = info.text .. " (" .. len .. ")"
    elseif cmd == SYNACK then
        synack(tree, data, pinfo, s, sid, key)
    elseif cmd == SETTINGS or cmd == SERVER_SETTINGS then
        if not pinfo.visited and cmd == SETTINGS then s.settings = true end
        if data then add_settings(tree, data) end
    elseif cmd == ALERT then
        local text = data and text_of(data) or ""
        if data then tree:add(f.alert, data, text) end
        tree:add_proto_expert_info(e.alert, "The server ends the session: " .. text)
    elseif cmd == SCHEME and data then
        tree:add(f.scheme, data, text_of(data))
    elseif cmd == HEART_REQUEST or cmd == HEART_RESPONSE then
        heartbeat(tree, pinfo, s, cmd, from, key, fate)
    end
    if fate then info.text = info.text .. " [" .. fate.text .. "]" end
    if st and st.target then tree:add(f.stream_target, st.target):set_generated() end
    tree:append_text(info.text:sub(#name + 1))
    return info.text
end

-- The preamble ------------------------------------------------------------------------

local function is_text(b)
    for i = 0, b:len() - 1 do
        local c = b:get_index(i)
        if (c < 0x20 and c ~= 9 and c ~= 10 and c ~= 13) or c > 0x7e then return false end
    end
    return true
end

-- Whether a connection that begins with these bytes may be a session. Some clients
-- write the hash, the length and the padding as records of their own; no server
-- speaks first.
local function looks_like_preamble(tvb)
    local n = tvb:len()
    if n < HASH_LEN or is_text(tvb(0, HASH_LEN):bytes()) then return false end
    if n < PREAMBLE_LEN then return n == HASH_LEN end
    local whole = PREAMBLE_LEN + tvb(HASH_LEN, 2):uint()
    if n > whole then return names[tvb(whole, 1):uint()] ~= nil end
    return n == whole or n == PREAMBLE_LEN
end

-- Returns how many bytes the preamble takes; 0 where it needs more of them, and how
-- many more. (Where a header is cut, its missing bytes are not the whole answer, and
-- TLS's reassembly loses the rest of a record that has them: so ask for all of it.)
local function add_preamble(tvb, pinfo, root, s, key)
    if tvb:len() < PREAMBLE_LEN then return 0, DESEGMENT_ONE_MORE_SEGMENT end
    local len = tvb(HASH_LEN, 2):uint()
    if tvb:len() < PREAMBLE_LEN + len then return 0, PREAMBLE_LEN + len - tvb:len() end
    local tree = root:add(anytls, tvb(0, PREAMBLE_LEN + len), "AnyTLS preamble")
    tree:add(f.hash, tvb(0, HASH_LEN))
    tree:add(f.padding_len, tvb(HASH_LEN, 2))
    if len > 0 then tree:add(f.padding, tvb(PREAMBLE_LEN, len)) end
    tree:add(f.dir, "c2s"):set_generated()
    local fate = fate_of_preamble(pinfo, s, "client", key)
    if fate then
        add_fate(tree, fate)
        tree:append_text(" [" .. fate.text .. "]")
    end
    return PREAMBLE_LEN + len
end

-- Whether these bytes are the session's preamble: the client's first.
local function at_preamble(s, tvb, pinfo)
    if not pinfo.visited then return s.preamble == nil end
    local p = s.preamble
    return p and p.number == pinfo.number and tvb:len() >= PREAMBLE_LEN and tvb(0, PREAMBLE_LEN):bytes():tohex() == p.hex
end

-- Dissects what one TLS record holds, with what was left over from those before it.
local function dissect(tvb, pinfo, root, s)
    local from = end_of(pinfo.src, pinfo.src_port) == s.client and "client" or "server"
    local texts, at = {}, 0
    local _, records = last(record_length)
    while at < tvb:len() do
        local rest = tvb(at):tvb()
        local taken, missing, text
        local key = table.concat({ pinfo.number, records, at, tvb:len() }, ":")
        local made, bytes
        if at == 0 then made, bytes = made_bytes(pinfo, key .. ":bytes", rest:len()) end
        if made then
            taken, text = bytes, "bytes [" .. made.text .. "]"
            add_fate(root:add(anytls, rest(0, bytes), "AnyTLS " .. text), made)
        elseif from == "client" and not s.begun_before and at_preamble(s, rest, pinfo) then
            taken, missing = add_preamble(rest, pinfo, root, s, key)
            text = "preamble"
            if taken > 0 and not pinfo.visited then
                s.preamble = { number = pinfo.number, hex = rest(0, PREAMBLE_LEN):bytes():tohex() }
            end
        elseif rest:len() < HEADER_LEN then
            taken, missing = 0, DESEGMENT_ONE_MORE_SEGMENT
        else
            taken = HEADER_LEN + rest(5, 2):uint()
            if rest:len() < taken then
                taken, missing = 0, taken - rest:len()
                judge_begun(rest, pinfo, s, from)
            else
                text = add_frame(rest(0, taken):tvb(), pinfo, root, s, from, key)
            end
        end
        if taken == 0 then
            pinfo.desegment_offset = at
            pinfo.desegment_len = missing
            break
        end
        texts[#texts + 1] = text
        at = at + taken
        if not pinfo.visited and not made then s.count[from] = s.count[from] + taken end
    end
    pinfo.cols.protocol = "AnyTLS"
    if #texts > 0 then
        pinfo.cols.info:set(table.concat(texts, ", ") .. " ")
        pinfo.cols.info:fence()
    end
end

function anytls.dissector(tvb, pinfo, root)
    local s, stream = find(pinfo)
    if stream == nil then return 0 end
    if s == nil or s.rejected then
        -- Whoever named the port knows better. The server has the lower port,
        -- if nothing else says who is who.
        local first_is_client = looks_like_preamble(tvb) or pinfo.src_port > pinfo.dst_port
        local client = first_is_client and end_of(pinfo.src, pinfo.src_port) or end_of(pinfo.dst, pinfo.dst_port)
        s = open(stream, client)
        s.begun_before = not looks_like_preamble(tvb)
    end
    dissect(tvb, pinfo, root, s)
    return tvb:len()
end

local function heuristic(tvb, pinfo, root)
    if not anytls.prefs.heuristic then return false end
    local s, stream = find(pinfo)
    if stream == nil then return false end
    if s == nil then
        if looks_like_preamble(tvb) then
            s = open(stream, end_of(pinfo.src, pinfo.src_port))
        else
            sessions[stream] = { rejected = true }
            return false
        end
    end
    if s.rejected then return false end
    dissect(tvb, pinfo, root, s)
    return true
end

local ports = ""
function anytls.prefs_changed()
    if ports == anytls.prefs.tls_ports then return end
    local tls_port = DissectorTable.get("tls.port")
    if ports ~= "" then tls_port:remove(ports, anytls) end
    ports = anytls.prefs.tls_ports
    if ports ~= "" then tls_port:add(ports, anytls) end
end

DissectorTable.get("tls.port"):add_for_decode_as(anytls)
anytls:register_heuristic("tls", heuristic)
