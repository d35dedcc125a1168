#!/usr/bin/env python3
"""Asks BuildStream what trees its archive sources stage: make.py BST > archives.json

Writes small archives with every oddity that matters, has BST (a path to bst) stage each as the only source of an import element, and prints, for each, the
archive (base64), the kind and its base-dir, and the digest of the staged tree or null when BST refuses it.
"""
import base64, hashlib, io, json, os, subprocess, sys, tarfile, tempfile, zipfile, gzip, bz2, lzma, warnings

warnings.simplefilter("ignore")
bst = sys.argv[1]
cases = []


def entry(name, content=None, type=tarfile.REGTYPE, mode=0o644, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.linkname = type, mode, link
    info.size = 0 if content is None else len(content)
    return info, content


def tar(name, entries, base="*", format=tarfile.PAX_FORMAT, compress=lambda b: b, cut=None, extra=b""):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, content in entries:
            archive.addfile(info, None if content is None else io.BytesIO(content))
    data = out.getvalue()
    if cut is not None:
        data = data[:cut]
    cases.append({"name": name, "kind": "tar", "base-dir": base, "data": compress(data + extra)})


def zipped(name, entries, base="*"):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, content, attributes in entries:
            info = zipfile.ZipInfo(path)
            info.external_attr = attributes << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    cases.append({"name": name, "kind": "zip", "base-dir": base, "data": out.getvalue()})


D, L, H = tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE
plain = [entry("p-1", type=D, mode=0o755), entry("p-1/a", b"a\n"), entry("p-1/x", b"#!", mode=0o755), entry("p-1/e", type=D, mode=0o700)]
tar("plain", plain)
tar("gzip", plain, compress=gzip.compress)
tar("bzip2", plain, compress=bz2.compress)
tar("xz", plain, compress=lzma.compress)
tar("gnu", plain, format=tarfile.GNU_FORMAT)
tar("ustar", plain, format=tarfile.USTAR_FORMAT)
tar("whole", plain, base="")
tar("no directory entries", [entry("p/a/b", b"1"), entry("p/c", b"2")])
tar("dot slash", [entry("./p", type=D), entry("./p/a", b"1")])
tar("dot entry", [entry(".", type=D), entry("./p", type=D), entry("./p/a", b"1")])
tar("two tops", [entry("q/a", b"q"), entry("p/a", b"p")])
tar("deep base", [entry("p/src/a", b"1"), entry("p/doc/b", b"2")], base="*/src")
tar("base star star", [entry("p/src/a", b"1"), entry("p/doc/b", b"2")], base="**/doc")
tar("no match", [entry("p/a", b"1")], base="nothing")
tar("top file only", [entry("a", b"1")])
tar("top file whole", [entry("a", b"1")], base="")
tar("hidden top", [entry(".p/a", b"1")])
tar("links", [entry("p/a", b"1"), entry("p/l", type=L, link="a"), entry("p/abs", type=L, link="/etc/passwd"), entry("p/out", type=L, link="../../x"), entry("p/h", type=H, link="p/a")])
tar("hard link to exec", [entry("p/a", b"1", mode=0o755), entry("p/h", type=H, link="p/a", mode=0o644)])
tar("hard link out of base", [entry("q/a", b"1"), entry("p/h", type=H, link="q/a")], base="p")
tar("hard link dot", [entry("./p/a", b"1"), entry("./p/h", type=H, link="./p/a")])
tar("hard link whole", [entry("p/a", b"1"), entry("p/h", type=H, link="p/a")], base="")
tar("hard link absolute", [entry("p/h", type=H, link="/etc/passwd")])
tar("hard link escaping", [entry("p/h", type=H, link="../../../etc/passwd")], base="")
tar("dot dot", [entry("p/../../evil", b"1")])
tar("dot dot inside", [entry("p/a/b", b"0"), entry("p/a/../c", b"1")])
tar("absolute whole", [entry("/p/a", b"1")], base="")
tar("absolute", [entry("/p/a", b"1")])
tar("through link", [entry("p/d/a", b"1"), entry("p/l", type=L, link="d"), entry("p/l/b", b"2")])
tar("through link out", [entry("p/l", type=L, link=".."), entry("p/l/b", b"2")])
tar("through link absolute", [entry("p/l", type=L, link="/tmp"), entry("p/l/millrace-evil", b"2")])
tar("device", [entry("p/a", b"1"), entry("p/null", type=tarfile.CHRTYPE), entry("p/fifo", type=tarfile.FIFOTYPE), entry("p/blk", type=tarfile.BLKTYPE)])
tar("twice", [entry("p/a", b"1"), entry("p/a", b"22")])
tar("file over directory", [entry("p/a/b", b"1"), entry("p/a", b"2")])
tar("directory over file", [entry("p/a", b"1"), entry("p/a", type=D)])
tar("directory over link", [entry("p/d", type=D), entry("p/l", type=L, link="d"), entry("p/l", type=D), entry("p/l/x", b"1")])
tar("link over file", [entry("p/a", b"1"), entry("p/a", type=L, link="b")])
tar("file over link", [entry("p/t", b"old"), entry("p/a", type=L, link="t"), entry("p/a", b"new")])
tar("modes", [entry("p/%o" % m, b"1", mode=m) for m in (0o100, 0o010, 0o001, 0o400, 0o000, 0o4755, 0o600)])
long = "p/" + "n" * 90 + "/" + "m" * 120
tar("long pax", [entry(long, b"1"), entry("p/l", type=L, link="t" * 150)])
tar("long gnu", [entry(long, b"1"), entry("p/l", type=L, link="t" * 150)], format=tarfile.GNU_FORMAT)
tar("prefix ustar", [entry("p/" + "n" * 90 + "/" + "m" * 50, b"1")], format=tarfile.USTAR_FORMAT)
tar("unicode", [entry("p/ä€𝄞", b"1"), entry("p/\uffef", b"2")])
tar("empty archive", [])
tar("cut content", [entry("p/a", b"x" * 3000)], cut=1200)
tar("cut header", plain, cut=512 * 4 + 100)
tar("no end blocks", [entry("p/a", b"x" * 512)], cut=1024)
tar("garbage after", [entry("p/a", b"x")], cut=1024, extra=b"garbage" * 100)
tar("no tar", [], cut=0, extra=b"this is no tar archive at all" * 40)
tar("slashes", [entry("p//a", b"1"), entry("p/./b", b"2")])
tar("empty directory base", [entry("p", type=D)])
tar("old directory", [entry("p/d/", b"", type=tarfile.AREGTYPE), entry("p/d/a", b"1")])
zipped("zip plain", [("p/", b"", 0o40755), ("p/a", b"1", 0o644), ("p/x", b"2", 0o755), ("p/d/", b"", 0o40755)])
zipped("zip no directories", [("p/a/b", b"1", 0o644)])
zipped("zip whole", [("p/a/b", b"1", 0o644), ("c", b"2", 0o644)], base="")
zipped("zip link", [("p/a", b"1", 0o644), ("p/l", b"a", 0o120777)])
zipped("zip dot dot", [("p/../../evil", b"1", 0o644)])
zipped("zip absolute", [("/p/a", b"1", 0o644)], base="")
zipped("zip big", [("p/a", b"x" * 3000000, 0o644)])
zipped("zip empty", [("p/a", b"", 0o644)])
zipped("zip unicode", [("p/ä€", b"1", 0o644)])

# What was found by random archives (test/parity/archives.ts).
tar("unknown type", [entry("p/a", b"1"), entry("p/v", type=b"V")])
tar("unknown type elsewhere", [entry("p/a", b"1"), entry("volume", type=b"V")])
tar("file with a slash", [entry("p/d/", b"1")])
tar("symbolic link over directory", [entry("p/d/a", b"1"), entry("p/d", type=L, link="../elsewhere")])
tar("hard link to directory", [entry("p/d/a", b"1"), entry("p/h", type=H, link="p/d")], base="p")
tar("hard link to directory whole", [entry("p/d/a", b"1"), entry("h", type=H, link="p")], base="")
tar("file below dangling link", [entry("p/l", type=L, link="nowhere"), entry("p/l/a", b"1")])
tar("directory over dangling link", [entry("p/l", type=L, link="nowhere"), entry("p/l", type=D)])
tar("file over dangling link", [entry("p/l", type=L, link="t"), entry("p/l", b"1")])
tar("replacement character", [entry("p/\ufffd", b"1")])
tar("not unicode", [entry("p/\udcff", b"1")], format=tarfile.GNU_FORMAT)
tar("not unicode elsewhere", [entry("p/a", b"1"), entry("q/\udcff", b"1")], format=tarfile.GNU_FORMAT)


def header(name, type, content=b"", patch=()):
    """A member as it is said to be, whatever a library would write."""
    info = tarfile.TarInfo(name)
    info.type, info.size = type, len(content)
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    for at, data in patch:
        block[at:at + len(data)] = data
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + content + b"\0" * (-len(content) % 512)


def pax(**attributes):
    out = b""
    for key, value in attributes.items():
        rest = b" %s=%s\n" % (key.replace("_", ".").encode(), value)
        length = len(rest) + 1
        while len(b"%d" % length) + len(rest) != length:
            length = len(b"%d" % length) + len(rest)
        out += b"%d" % length + rest
    return out


def raw(name, *members, base="*", end=b"\0" * 1024):
    cases.append({"name": name, "kind": "tar", "base-dir": base, "data": b"".join(members) + end})


top = header("p/a", b"0", b"1")
raw("long name before pax", top, header("l", b"L", b"p/long\0"), header("x", b"x", pax(path=b"p/pax")), header("p/s", b"0", b"2"))
raw("pax before long name", top, header("x", b"x", pax(path=b"p/pax")), header("l", b"L", b"p/long\0"), header("p/s", b"0", b"2"))
raw("two pax headers", top, header("x", b"x", pax(path=b"p/first")), header("x", b"x", pax(path=b"p/second")), header("p/s", b"0", b"2"))
raw("pax path with a slash", top, header("x", b"x", pax(path=b"p/pax//")), header("p/s", b"0", b"2"))
raw("old directory with pax", top, header("x", b"x", pax(mtime=b"1")), header("p/d/", b"\0"))
raw("pax header alone", top, header("x", b"x", pax(path=b"p/pax")))
raw("pax header at the end", top, header("x", b"x", pax(path=b"p/pax")), end=b"")
raw("user id that is no number", top, header("p/b", b"0", b"2", [(108, b"x")]), header("p/c", b"0", b"3"))
raw("device number that is no number", top, header("p/b", b"0", b"2", [(329, b"x")]), header("p/c", b"0", b"3"))
raw("mode with spaces", top, header("p/b", b"0", b"2", [(100, b"   755 \0")]))
raw("mode that is empty", top, header("p/b", b"0", b"2", [(100, b"\0" * 8)]))
raw("time in binary", top, header("p/b", b"0", b"2", [(136, b"\x80" + b"\0" * 9 + b"\xff\xff")]))
raw("prefix of the old form", top, header("b", b"0", b"2", [(257, b"ustar  \0"), (345, b"p/q")]))
raw("global size", header("g", b"g", pax(comment=b"made")), header("p/b", b"0", b"2"))
raw("sparse 0.0", header("x", b"x", pax(GNU_sparse_size=b"600", GNU_sparse_numblocks=b"1", GNU_sparse_offset=b"500", GNU_sparse_numbytes=b"3")), header("p/b", b"0", b"abc"))
raw("sparse 0.0 without pieces", header("x", b"x", pax(GNU_sparse_size=b"600", GNU_sparse_numblocks=b"0")), header("p/b", b"0"))
raw("sparse 0.1", header("x", b"x", pax(GNU_sparse_size=b"600", GNU_sparse_name=b"p/named", GNU_sparse_map=b"0,2,500,1")), header("p/b", b"0", b"abc"))
raw("sparse 1.0", header("x", b"x", pax(GNU_sparse_major=b"1", GNU_sparse_minor=b"0", GNU_sparse_name=b"p/named", GNU_sparse_realsize=b"600")), header("p/b", b"0", b"1\n500\n3\n".ljust(512, b"\0") + b"abc"))
raw("sparse of the old form after a global header", header("g", b"g", pax(path=b"p/all")), header("p/s", b"S", b"abc", [(386, b"%011o\0%011o\0" % (500, 3)), (483, b"%011o\0" % 600)]), header("p/b", b"0", b"1"))
zipped("zip dot slash", [("./p/a", b"1", 0o644), ("p/b", b"2", 0o644)], base="p")
zipped("zip dot slash base", [("./p/a", b"1", 0o644), ("./p/b", b"2", 0o644)], base="*/*")
zipped("zip double slash", [("//", b"", 0o40755), ("p/a", b"2", 0o644)])
zipped("zip file and directory", [("p", b"1", 0o644), ("q/a", b"2", 0o644)])

with tempfile.TemporaryDirectory() as root:
    os.makedirs(root + "/elements")
    open(root + "/bst.conf", "w").write("cachedir: {0}/cache\nsourcedir: {0}/sources\nlogdir: {0}/logs\nscheduler:\n  on-error: continue\n".format(root))
    open(root + "/project.conf", "w").write(
        "name: archives\nmin-version: 2.4\nelement-path: elements\nplugins:\n- origin: pip\n  package-name: buildstream-plugins-community\n  sources: [zip, deb]\n")
    for index, case in enumerate(cases):
        path = "%s/%d.archive" % (root, index)
        open(path, "wb").write(case["data"])
        case["sha256"] = hashlib.sha256(case["data"]).hexdigest()
        open("%s/elements/%d.bst" % (root, index), "w").write(json.dumps({
            "kind": "import",
            "config": {"source": "/"},
            "sources": [{"kind": case["kind"], "url": "file://" + path, "ref": case["sha256"], "base-dir": case["base-dir"]}]}))
    names = ["%d.bst" % index for index in range(len(cases))]
    for index, name in enumerate(names):
        subprocess.run([bst, "-c", root + "/bst.conf", "-C", root, "source", "fetch", name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    protos = {}
    listing = subprocess.run([bst, "-c", root + "/bst.conf", "-C", root, "show", "--deps", "none", "--format", "%{name} %{state}"] + names,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    states = dict(line.split(" ", 1) for line in listing.splitlines())
    for index, case in enumerate(cases):
        unique = [ "file://%s/%d.archive" % (root, index), case["sha256"], case["base-dir"]]
        key = hashlib.sha256(json.dumps(unique, separators=(",", ":")).encode()).hexdigest()
        try:
            record = open("%s/cache/source_protos/%s/%s" % (root, case["kind"], key), "rb").read()
            at = record.index(b"\x0a\x40")
            case["tree"] = record[at + 2:at + 66].decode()
        except FileNotFoundError:
            case["tree"] = None
        case["data"] = base64.b64encode(gzip.compress(case["data"], mtime=0)).decode()
json.dump(cases, sys.stdout, indent=1)
