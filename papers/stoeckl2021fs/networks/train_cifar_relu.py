"""Makes cifar-relu.onnx: a residual ReLU network that learns CIFAR-10 from its labels and from two other networks. One CPU thread.

python train_cifar_relu.py DATA_DIRECTORY --work /tmp/volley-cifar

Stages, each of which goes on from what a killed run left in the work folder:
1. a somewhat smaller forerunner learns the labels (learn_labels.py);
2. EfficientNet-Lite0 with its ImageNet weights is fine-tuned on the training images, enlarged to 96x96 (fine_tune.py);
3. the logits of both for four windows of every training image are computed once (distil.py);
4. the network, which inherits the forerunner's first layers, learns these logits and the labels (distil.py).
Test images are used for nothing but the printed accuracies; the network kept is that of the last epoch, with averaged weights.
"""

import argparse
from pathlib import Path

import torch
from cifar_models import forerunner_network, relu_network
from distil import distil
from exporting import export
from fine_tune import fine_tune
from learn_labels import Phase, learn_labels
from training import accuracy, tensors

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--label-epochs", type=int, nargs=2, default=(42, 17), help="of the forerunner, with Muon and Adam, then with momentum")
    parser.add_argument("--teacher-epochs", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints, logits and the decoded images")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args()
    chosen.work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.manual_seed(chosen.seed)
    data = tensors(chosen.data, chosen.work)
    orthogonal, momentum = chosen.label_epochs
    phases = [Phase(orthogonal), Phase(momentum, momentum=True, cut=True)]
    forerunner = learn_labels(forerunner_network(), data, chosen.work / "forerunner.pt", phases, chosen.seed)
    tuned = fine_tune(data, chosen.work, chosen.teacher_epochs, chosen.seed)
    network = distil(relu_network(), tuned, forerunner, data, chosen.work, chosen.epochs, chosen.seed)
    print(f"network: {accuracy(network, data['test_images'], data['test_labels'], half=False):.2f} % of the test images", flush=True)
    export(network, chosen.out / "cifar-relu.onnx", (3, 32, 32))
