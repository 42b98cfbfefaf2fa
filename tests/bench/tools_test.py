"""The programs of bench/ and scripts/performance-table, beside programs that stand in for bitnet and llama-bench and
print known figures."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Both write down when they were called. Speeds rise from call to call, so that rounds can be told apart.
FAKE_BITNET = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    print("bitnet", *sys.argv[1:], file=log)
if sys.argv[1] == "info":
    print(json.dumps({{"plan": {{"threads": 3}}}}))
    sys.exit()
calls = sum(line.startswith("bitnet bench") for line in open({log!r}))
value = lambda flag: sys.argv[sys.argv.index(flag) + 1]
results = [{{"test": f"pp{{n}}", "tokens_per_s": 100.0 * calls}} for n in value("-p").split(",") if n != "0"]
if value("-n") != "0":
    name = f"tg{{value('-n')}}" + ("" if value("-d") == "8" else f"@d{{value('-d')}}")
    results.append({{"test": name, "tokens_per_s": 20.0 * calls}})
for r in results:
    r.update(threads=int(value("-t")), stddev=0.5, share=0.25, samples=[r["tokens_per_s"]])
print(json.dumps({{"machine": {{}}, "model": {{"name": "fake", "isa": "none"}}, "results": results, "load_s": 1.0,
                   "limits": {{"read_gb_per_s": 10.0, "int8_gmac_per_s": 100.0}}, "peak_rss_bytes": 1}}))
"""
FAKE_LLAMA_BENCH = """#!{python}
import json, sys
with open({log!r}, "a") as log:
    print("peer", *sys.argv[1:], file=log)
calls = sum(line.startswith("peer ") for line in open({log!r}))
value = lambda flag: sys.argv[sys.argv.index(flag) + 1]
row = {{"build_commit": "abc1234", "build_number": 77, "n_threads": int(value("-t"))}}
rows = [dict(row, n_prompt=int(n), n_gen=0, avg_ts=50.0 * calls) for n in value("-p").split(",")]
rows.append(dict(row, n_prompt=0, n_gen=int(value("-n")), avg_ts=40.0 * calls))
rows.append(dict(row, n_prompt=512, n_gen=128, avg_ts=1.0))
print("a line of the backend")
print(json.dumps(rows))
"""


class Tools(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "log"
        self.log.touch()
        self.bitnet = self.program("bitnet", FAKE_BITNET)
        self.model = self.folder / "model.gguf"
        self.model.write_bytes(b"GGUF")

    def program(self, name, text):
        path = self.folder / name
        path.write_text(text.format(python=sys.executable, log=str(self.log)))
        path.chmod(0o755)
        return path

    def run_tool(self, tool, *arguments):
        # An empty PATH: no llama-bench of this machine's own.
        environment = dict(os.environ, PATH=str(self.folder / "none"), PYTHONDONTWRITEBYTECODE="1")
        return subprocess.run([sys.executable, str(ROOT / tool), *map(str, arguments)], capture_output=True, text=True,
                              env=environment)

    def calls(self):
        return [line.split() for line in self.log.read_text().splitlines()]

    def peers(self, *arguments):
        # Stands in for a Python that lacks the package.
        without_package = self.program("python", "#!/bin/sh\necho 'cannot import llama_cpp: none here' >&2\nexit 77\n")
        return self.run_tool("bench/compare/peers", "x", "-m", self.model, "--bitnet", self.bitnet, "--python",
                             without_package, "--print", *arguments)


class Peers(Tools):
    def test_ratios_of_alternating_rounds(self):
        peer = self.program("llama-bench", FAKE_LLAMA_BENCH)
        done = self.peers("--llama-bench", f"ik_llama.cpp={peer}", "--llama-bench", "bitnet.cpp=/nowhere/llama-bench",
                          "-p", "128,512", "-n", "32", "-r", "3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([call[0] for call in self.calls()],
                         ["bitnet", "bitnet", "peer", "peer", "bitnet", "bitnet", "peer"])
        output = json.loads(done.stdout)["output"]
        self.assertEqual(output["threads"], 3)
        for call in self.calls()[1:]:
            self.assertEqual(call[call.index("-t") + 1], "3")
            self.assertEqual(call[call.index("-m") + 1], str(self.model))
        ours, theirs = output["programs"]["bitnet"], output["programs"]["ik_llama.cpp"]
        pp = [100, 200, 300]
        self.assertEqual(ours["tokens_per_s"], {"pp128": pp, "pp512": pp, "tg32": [20, 40, 60]})
        pp = [50, 100, 150]
        self.assertEqual(theirs["tokens_per_s"], {"pp128": pp, "pp512": pp, "tg32": [40, 80, 120]})
        self.assertEqual(theirs["version"], "build 77, commit abc1234")
        self.assertEqual(output["ratios"], {"ik_llama.cpp": {
            test: {"median": ratio, "min": ratio, "max": ratio} for test, ratio in
            (("pp128", 2.0), ("pp512", 2.0), ("tg32", 0.5))}})
        self.assertEqual(set(output["absent"]), {"bitnet.cpp", "llama.cpp", "llama-cpp-python"})
        self.assertIn("absent: llama-cpp-python: cannot import llama_cpp: none here", done.stderr)
        self.assertNotIn(str(self.folder), json.loads(done.stdout)["command"])

    def test_without_a_peer(self):
        done = self.peers("-t", "2")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.endswith("peers: no peer took part: nothing to compare with\n"), done.stderr)
        for label in ("bitnet.cpp", "ik_llama.cpp", "llama.cpp", "llama-cpp-python"):
            self.assertIn(f"absent: {label}: ", done.stderr)
        self.assertEqual(self.calls(), [])

    def test_a_peer_that_fails_is_absent_and_the_others_go_on(self):
        peer = self.program("llama-bench", FAKE_LLAMA_BENCH)
        broken = self.program("broken", "#!/bin/sh\necho 'error: unknown type i2_s' >&2\nexit 3\n")
        strange = self.program("strange", "#!/bin/sh\necho '[{{\"n_gen\": 0}}]'\n")
        done = self.peers("--llama-bench", f"llama.cpp={broken}", "--llama-bench", f"other={strange}", "--llama-bench",
                          f"bitnet.cpp={peer}", "-p", "8", "-n", "4", "-r", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        output = json.loads(done.stdout)["output"]
        self.assertEqual(list(output["ratios"]), ["bitnet.cpp"])
        self.assertEqual(output["absent"]["llama.cpp"], "failed with status 3: error: unknown type i2_s")
        self.assertIn("not llama-bench's JSON", output["absent"]["other"])
        self.assertEqual(len(output["programs"]["bitnet"]["tokens_per_s"]["tg4"]), 2)

    def test_wrong_command_lines(self):
        self.assertEqual(self.peers("--llama-bench", "llama-bench").returncode, 2)
        self.assertEqual(self.peers("-p", "0", "-n", "0").returncode, 2)
        self.model.unlink()
        self.assertEqual(self.peers().returncode, 1)


class Sweep(Tools):
    def test_calls_and_results(self):
        done = self.run_tool("bench/model/sweep", "x", "-m", self.model, "--bitnet", self.bitnet, "-t", "1,2", "-p",
                             "16,32", "-n", "4", "-d", "8,64", "-r", "2", "--print", "--", "--kv-type", "q8_0")
        self.assertEqual(done.returncode, 0, done.stderr)
        output = json.loads(done.stdout)["output"]
        self.assertEqual([[(r["test"], r["threads"]) for r in run["results"]] for run in output["runs"]],
                         [[("pp16", t), ("pp32", t)] if kind == "p" else [(kind, t)]
                          for t in (1, 2) for kind in ("p", "tg4", "tg4@d64")])
        self.assertEqual(output["model"]["name"], "fake")
        self.assertEqual(output["runs"][0]["limits"]["read_gb_per_s"], 10.0)
        for call in self.calls():
            self.assertEqual(call[call.index("--kv-type") + 1], "q8_0")
            self.assertEqual(call[call.index("-r") + 1], "2")

    def test_failures(self):
        sweep = lambda *more: self.run_tool("bench/model/sweep", "x", "-m", self.model, "--print", *more)
        broken = self.program("broken", "#!/bin/sh\nexit 3\n")
        self.assertIn("status 3", sweep("--bitnet", broken).stderr)
        self.assertEqual(sweep("--bitnet", broken).returncode, 1)
        self.assertEqual(sweep("--bitnet", self.folder / "none").returncode, 1)
        self.assertEqual(sweep("-p", "0", "-n", "0").returncode, 1)
        self.assertEqual(sweep("-p", "1,x").returncode, 2)


class PerformanceTable(Tools):
    def table(self, *arguments):
        memory = self.folder / "memory.md"
        if not memory.exists():
            memory.write_text("<!-- speed:begin -->\n<!-- speed:end -->\n")
        packing = self.folder / "packing.md"
        if not packing.exists():
            packing.write_text("<!-- speed:begin -->\n<!-- speed:end -->\n")
        return self.run_tool("scripts/performance-table", "--readme", self.folder / "README.md", "--memory", memory,
                             "--packing", packing,
                             "--results", self.folder / "results", *arguments)

    def keep(self, name, output, cpu="A Processor"):
        (self.folder / "results").mkdir(exist_ok=True)
        machine = {"cpu": cpu, "logical_cores": 2, "system": "Linux", "memory_bytes": 16 * 10**9}
        (self.folder / "results" / f"{name}.json").write_text(json.dumps(
            {"date": "2026-01-02", "commit": "abc", "machine": machine, "command": "bitnet bench --synthetic m",
             "output": output}))

    def test_writes_and_checks(self):
        readme = self.folder / "README.md"
        readme.write_text("before\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nafter\n")
        model = {"name": "m", "isa": "avx2", "bytes_per_token": 125e7}
        result = lambda test, threads, speed: {"test": test, "threads": threads, "tokens_per_s": speed, "share": 0.875}
        self.keep("sweep", {"model": model, "runs": [{"results": [result("pp16", 1, 123.4)]},
                                                     {"results": [result("pp16", 2, 240.0), result("tg4", 2, 9.9)]}]})
        self.keep("peers", {"model": {"file": "m.gguf"}, "threads": 2, "absent": {"llama.cpp": "none"},
                            "programs": {"other": {"version": "v1"}},
                            "ratios": {"other": {"tg4": {"median": 1.25, "min": 1.2, "max": 1.5}}}})
        median = {"name": "encode/repeats:3_median", "aggregate_name": "median", "bytes_per_second": 2e6}
        self.keep("tokenizer", [{"name": "encode/repeats:3", "bytes_per_second": 1e6}, median])
        self.keep("ternary", [{"name": "gemv", "GB/s": 14.0}])
        self.keep("operations", [{"name": f"{name}/real_time", "real_time": time} for name, time in {
            "add/64/scalar": 8.0, "add/64/avx2": 2.0, "rope/2x4,x:1/scalar": 9.0, "rope/2x4,x:1/avx2": 9.0}.items()])
        self.keep("memory", [{"name": f"pair/{a}/64/real_time/threads:1", "real_time": t}
                             for a, t in {"pool": 15.0, "glibc": 7.0}.items()]
                  + [{"name": f"tracking/basic/real_time/threads:{n}", "real_time": 3.0 * n} for n in (1, 2)])
        self.keep("memory-figures", {"figures": [{"table": "pool", "what": "allocation", "claimed": "~50",
                                                  "measured": 9.5, "unit": "ns", "definition": "how"}]})
        self.keep("packing", [{"name": name, "real_time": 1.0, "bytes_per_second": speed} for name, speed in {
            "memcpy": 9e9, "memset": 2e10, "pack/base3/zeros:42/threads:1/real_time": 1e9,
            "unpack/base3/zeros:42/threads:1/real_time": 4e9, "pack/base3/zeros:42/threads:2/real_time": 2e9,
            "unpack/base3/zeros:42/threads:2/real_time": 8e9, "kernel/avx2/base3": 3e10, "kernel/plain/base3": 1e10}.items()])
        self.keep("packing-figures", {"ratios": [{"zeros": 0.42, "entropy_bits": 1.562, "bound": 5.12, "base3": 4.998}],
                                      "claims": [{"strategy": "base3", "claimed": 5.1, "at_half": 4.998, "reached_at": None},
                                                 {"strategy": "sparse", "claimed": 12.3, "at_half": 5.2, "reached_at": 0.884}]})
        self.assertEqual(self.table("--check").returncode, 1)
        self.assertIn("\nold\n", readme.read_text())
        self.assertEqual(self.table().returncode, 0)
        text = readme.read_text()
        self.assertTrue(text.startswith("before\n<!-- speed:begin -->\n"))
        self.assertTrue(text.endswith("<!-- speed:end -->\nafter\n"))
        self.assertNotIn("old", text)
        for line in ("A Processor, 2 logical cores, 16 GB; 2026-01-02.",
                     "| m, random weights, 1.25 GB a token, avx2 | pp16 | 123 (88 %) | 240 (88 %) | `sweep.json` |",
                     "| m, random weights, 1.25 GB a token, avx2 | tg4 |  | 9.90 (88 %) | `sweep.json` |",
                     "| m.gguf | other v1 | tg4 | 2 | 1.25 (1.20 to 1.50) | `peers.json` |",
                     "Absent when `peers.json` was measured: llama.cpp.",
                     "| add 64 | 4.00 |", "| rope 2x4, x:1 | 1.00 |", "| geometric mean | 2.00 |",
                     "| faster by a tenth or more | 50 % |",
                     "| tokenizer: encode | 2.00 | `tokenizer.json` |"):
            self.assertIn("\n" + line + "\n", text)
        self.assertNotIn("gemv", text)
        memory = (self.folder / "memory.md").read_text()
        for line in ("| a pair of 64 bytes | 1 | 15.0 | 7.00 |", "| basic | 3.00 | 6.00 |", "| pool: allocation | ~50 | 9.5 | ns | how |"):
            self.assertIn("\n" + line + "\n", memory)
        packing = (self.folder / "packing.md").read_text()
        for line in ("| 42.0% | 1.562 | 5.12 | 5.00 |", "| base3 | 5.1 | 5.00 | never |",
                     "| sparse | 12.3 | 5.20 | from 88.4% zeros |", "| base3 | 42% | 1.00 | 2.00 | 4.00 | 8.00 |",
                     "| base3 | 30.0 (3.0x) | 10.0 (1.0x) |"):
            self.assertIn("\n" + line + "\n", packing)
        self.assertNotIn("base3", text)
        self.assertEqual(self.table("--check").returncode, 0)
        readme.write_text(text.replace("123", "124"))
        self.assertEqual(self.table("--check").returncode, 1)

    def test_failures(self):
        readme = self.folder / "README.md"
        readme.write_text("no markers\n")
        self.assertEqual(self.table().returncode, 1)
        self.assertEqual(readme.read_text(), "no markers\n")
        readme.write_text("<!-- speed:begin -->\n<!-- speed:end -->\n")
        self.keep("x", {})
        (self.folder / "results" / "broken.json").write_text("{}")
        done = self.table()
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("performance-table: broken.json is no kept result"), done.stderr)


if __name__ == "__main__":
    unittest.main()
