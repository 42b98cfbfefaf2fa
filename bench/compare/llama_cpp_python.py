"""One sample of each test with llama-cpp-python: llama_cpp_python.py MODEL THREADS PROMPTS DECODE

Prints {"version","samples":{"pp128":tokens/s,...}}; ends with status 77 where the package cannot be imported. Without
arguments it only tries that.
"""
import json
import random
import sys
import time

try:
    import llama_cpp
except Exception as error:  # a package built for another processor fails with more than ImportError
    print(f"cannot import llama_cpp: {error}", file=sys.stderr)
    sys.exit(77)


def main():
    model, threads, decode = sys.argv[1], int(sys.argv[2]), int(sys.argv[4])
    prompts = [int(part) for part in sys.argv[3].split(",") if part]
    llm = llama_cpp.Llama(model, n_ctx=max([*prompts, decode]), n_batch=512, n_threads=threads, n_threads_batch=threads,
                          n_gpu_layers=0, verbose=False)
    draw = random.Random(0)
    ids = [draw.randrange(llm.n_vocab()) for _ in range(max([*prompts, decode]))]

    def seconds(parts):
        llm.reset()
        start = time.perf_counter()
        for part in parts:
            llm.eval(part)
        llama_cpp.llama_synchronize(llm.ctx)
        return time.perf_counter() - start

    samples = {}
    for length in prompts:
        seconds([ids[:length]])  # warms up
        samples[f"pp{length}"] = length / seconds([ids[:length]])
    if decode:
        parts = [[token] for token in ids[:decode]]
        seconds(parts[:8])
        samples[f"tg{decode}"] = decode / seconds(parts)
    print(json.dumps({"version": llama_cpp.__version__, "samples": samples}))


if __name__ == "__main__" and len(sys.argv) > 1:
    main()
