"""Makes cifar-silu.onnx: a residual SiLU network that learns the labels of CIFAR-10. One CPU thread.

python train_cifar_silu.py DATA_DIRECTORY --work /tmp/volley-cifar

A killed run goes on from its last epoch.
"""

import argparse
from pathlib import Path

import torch
from cifar_models import silu_network
from exporting import export
from learn_labels import Phase, learn_labels
from training import accuracy, tensors

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="folder of the checkpoint and the decoded images")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(chosen.seed)
    data = tensors(chosen.data, chosen.work)
    phases = [Phase(chosen.epochs, small=chosen.epochs // 2)]
    network = learn_labels(silu_network(), data, chosen.work / "silu.pt", phases, chosen.seed)
    print(f"network: {accuracy(network, data['test_images'], data['test_labels'], half=False):.2f} % of the test images", flush=True)
    export(network, chosen.out / "cifar-silu.onnx", (3, 32, 32))
