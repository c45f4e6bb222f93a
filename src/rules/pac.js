function owns(table, key) {
  return Object.prototype.hasOwnProperty.call(table, key);
}

function stands(address, marked) {
  var text = marked.substring(1), at = address.indexOf(text), last = address.length - text.length;
  switch (marked.charAt(0)) {
    case "<": return at === 0;
    case ">": return last >= 0 && address.lastIndexOf(text) === last;
    case "=": return address === text;
    default: return at >= 0;
  }
}

function anyStands(address, texts) {
  for (var i = 0; i < texts.length; i++) {
    if (stands(address, texts[i])) return true;
  }
  return false;
}

function byDomain(table, host, rest) {
  for (var name = host; ; name = name.substring(name.indexOf(".") + 1)) {
    if (owns(table.domains, name)) {
      var tails = table.domains[name];
      if (tails === 1) return true;
      for (var i = 0; i < tails.length; i++) {
        if (rest.substring(0, tails[i].length) === tails[i]) return true;
      }
    }
    if (name.indexOf(".") < 0) return false;
  }
}

function byText(table, address) {
  for (var i = 0; i + 4 <= address.length; i++) {
    var key = address.substring(i, i + 4);
    if (owns(table.texts, key) && anyStands(address, table.texts[key])) return true;
  }
  return anyStands(address, table.short);
}

function byPattern(table, address) {
  if (!table.compiled) {
    table.compiled = [];
    for (var i = 0; i < table.patterns.length; i++) table.compiled.push(new RegExp(table.patterns[i]));
  }
  for (var j = 0; j < table.compiled.length; j++) {
    if (table.compiled[j].test(address)) return true;
  }
  for (var k = 0; k < table.programs.length; k++) {
    if (run(table.programs[k], address)) return true;
  }
  return false;
}

function isWord(address, at) {
  return at >= 0 && at < address.length && /[0-9A-Za-z_]/.test(address.charAt(at));
}

function holds(condition, address, at) {
  switch (condition) {
    case 1: return at === 0;
    case 2: return at === address.length;
    case 3: return isWord(address, at - 1) !== isWord(address, at);
    default: return isWord(address, at - 1) === isWord(address, at);
  }
}

function takes(ranges, letter) {
  for (var i = 0; i < ranges.length; i += 2) {
    if (letter >= ranges.charAt(i) && letter <= ranges.charAt(i + 1)) return true;
  }
  return false;
}

// Adds to the steps that wait for a letter those that follow from a step; says whether the program ends.
function enter(program, step, address, at, seen, waiting) {
  for (var todo = [step]; todo.length > 0;) {
    step = todo.pop();
    if (seen[step] === at) continue;
    seen[step] = at;
    var what = program[step];
    if (what === 0) return true;
    if (typeof what === "string") waiting.push(step);
    else if (typeof what !== "number") todo = todo.concat(what);
    else if (holds(what, address, at)) todo.push(step + 1);
  }
  return false;
}

// Whether an automaton matches: all its states advance together, so that no address makes it slow.
function run(program, address) {
  var seen = [], waiting = [];
  for (var at = 0; ; at++) {
    if (enter(program, 0, address, at, seen, waiting)) return true;
    if (at === address.length) return false;
    var letter = address.charAt(at), next = [];
    for (var i = 0; i < waiting.length; i++) {
      if (takes(program[waiting[i]], letter) && enter(program, waiting[i] + 1, address, at + 1, seen, next)) return true;
    }
    waiting = next;
  }
}

function matches(table, address, host, rest) {
  return byDomain(table, host, rest) || byText(table, address) || byPattern(table, address);
}

// "direct", "proxy", or "" where the list says nothing.
function said(list, address, host, rest) {
  if (matches(list.direct, address, host, rest)) return "direct";
  return matches(list.proxy, address, host, rest) ? "proxy" : "";
}

// An IPv4 address as a number, -1 for anything else.
function number(host) {
  var mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  if (mapped) return parseInt(mapped[1], 16) * 65536 + parseInt(mapped[2], 16);
  var parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host);
  if (!parts) return -1;
  return ((+parts[1] * 256 + +parts[2]) * 256 + +parts[3]) * 256 + +parts[4];
}

function isThisMachine(host) {
  var first = Math.floor(number(host) / 16777216);
  return first === 127 || first === 0 || host === "::1" || host === "::" || host === "localhost" || /\.localhost$/.test(host);
}

function isNear(host) {
  var address = number(host);
  if (address >= 0) {
    for (var i = 0; i < rules.near.length; i++) {
      var size = Math.pow(2, 32 - rules.near[i][1]);
      if (Math.floor(address / size) === Math.floor(rules.near[i][0] / size)) return true;
    }
    return false;
  }
  if (host.indexOf(":") >= 0) return /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/.test(host);
  if (host.indexOf(".") < 0) return true;
  for (var j = 0; j < rules.nearDomains.length; j++) {
    var end = rules.nearDomains[j], at = host.length - end.length;
    if (at >= 0 && host.substring(at) === end) return true;
  }
  return false;
}

function FindProxyForURL(url, host) {
  var parts = /^([a-z][a-z0-9+.\-]*:\/\/)(?:[^\/?#]*@)?(\[[^\]]*\]|[^\/?#:]*)([^#]*)/.exec(url.toLowerCase());
  if (!parts) return "DIRECT";
  var address = parts[1] + parts[2] + parts[3], rest = parts[3];
  var bare = parts[2].replace(/^\[|\]$/g, "").replace(/\.$/, "");
  if (isThisMachine(bare)) return "DIRECT";
  var verdict = said(rules.user, address, bare, rest);
  if (!verdict && isNear(bare)) return "DIRECT";
  verdict = verdict || said(rules.list, address, bare, rest);
  return verdict === "proxy" ? rules.proxy : "DIRECT";
}
