# SPDX-License-Identifier: Apache-2.0
"""PyTorch's way to rank all items for many users: a product, then torch.topk, a block of users at a time.

    python topk_gpu_torch.py --users 138000 --items 27000 --factors 256 --k 100

Prints one JSON line: seconds of product and top-k together, and of the product alone, in fp32 without TF32; medians.
"""

import argparse
import json
import statistics
import time

import torch


def seconds(work, device: str, repeats: int) -> float:
    times = []
    for repeat in range(repeats + 1):
        begin = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        if repeat:  # the first warms up
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=138_000)
    parser.add_argument("--items", type=int, default=27_000)
    parser.add_argument("--factors", type=int, default=256)
    parser.add_argument("--k", type=int, default=100)
    parser.add_argument("--block", type=int, default=8192)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    torch.manual_seed(1)
    x = torch.randn(args.users, args.factors, device=args.device)
    y = torch.randn(args.items, args.factors, device=args.device).T

    def product() -> None:
        for begin in range(0, args.users, args.block):
            torch.mm(x[begin : begin + args.block], y)

    def ranked() -> None:
        for begin in range(0, args.users, args.block):
            torch.topk(torch.mm(x[begin : begin + args.block], y), args.k)

    both, alone = seconds(ranked, args.device, args.repeats), seconds(product, args.device, args.repeats)
    about = {"peer": f"torch {torch.__version__}", "device": args.device, "users": args.users, "items": args.items}
    print(json.dumps(about | {"factors": args.factors, "k": args.k, "topk_s": both, "gemm_s": alone,
                              "ratio": both / alone}))


if __name__ == "__main__":
    main()
