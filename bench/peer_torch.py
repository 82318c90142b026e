# SPDX-License-Identifier: Apache-2.0
"""PyTorch as a contestant: eager, or torch.compile with --flavor compile.

Mode fit is the epoch loop that a PyTorch user writes: shuffled rows, accuracy, no output.
"""
import sys

import peer


def start(arguments, x, y):
    import torch
    from torch import nn
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(0)
    compiled = arguments.flavor == "compile"
    if compiled and not hasattr(torch, "compile"):
        raise RuntimeError("this version has no torch.compile")
    scaled = torch.from_numpy(x).float() / 255
    labels = torch.from_numpy(y).long()
    trainers = {}

    class Noise(nn.Module):
        """Is GaussianNoise(0.1)."""

        def forward(self, inputs):
            return inputs + 0.1 * torch.randn_like(inputs) if self.training else inputs

    class Trainer:
        """Holds a net, its optimizer and a step."""

        def __init__(self, case, way):
            kinds = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
            stack, inputs = [], peer.FEATURES
            behind = {"dropout": lambda _: nn.Dropout(0.5), "noise": lambda _: Noise(),
                      "batchnorm": nn.BatchNorm1d, "layernorm": nn.LayerNorm}
            for width, activation, layer in case.hidden:
                stack += [nn.Linear(inputs, width), kinds[activation]()]
                stack += [behind[layer](width)] if layer else []
                inputs = width
            self.net = nn.Sequential(*stack, nn.Linear(inputs, peer.CLASSES))
            flag = {} if way == "default" else {way: True}
            if way == "plain":
                flag = {"foreach": False}
            kind = {"rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam,
                    "sgd": torch.optim.SGD}[case.optimizer]
            self.optimizer = kind(self.net.parameters(), lr=1e-3, **flag)
            cross_entropy = nn.CrossEntropyLoss()

            def forward(inputs, targets):
                logits = self.net(inputs)
                return cross_entropy(logits, targets), logits

            def predict(inputs):
                return torch.softmax(self.net(inputs), 1)

            self.forward = torch.compile(forward) if compiled else forward
            self.predict = torch.compile(predict) if compiled else predict
            self.update = torch.compile(self.optimizer.step) if compiled else self.optimizer.step

        def step(self, inputs, targets):
            self.optimizer.zero_grad(set_to_none=True)
            loss, logits = self.forward(inputs, targets)
            loss.backward()
            self.update()
            return loss, logits

    def run_steps(trainer, case):
        loss = None
        for inputs, targets in peer.turns(case, scaled, labels):
            loss, _ = trainer.step(inputs, targets)
        return loss.item()

    def run_predict(trainer, case):
        outputs = None
        with torch.inference_mode():
            for inputs, in peer.turns(case, scaled):
                outputs = trainer.predict(inputs)
        return outputs.sum().item()

    def run_epoch(trainer, case):
        rows = case.steps * case.batch
        order = torch.randperm(rows)
        total, hits = torch.zeros(()), torch.zeros((), dtype=torch.long)
        for i in range(case.steps):
            picked = order[i * case.batch:(i + 1) * case.batch]
            targets = labels[picked]
            loss, logits = trainer.step(scaled[picked], targets)
            total += loss.detach()
            hits += (logits.detach().argmax(1) == targets).sum()
        if hits.item() > rows:
            raise RuntimeError("more hits than rows")
        return total.item() / case.steps

    def trainer_for(case):
        key = case.without_run()
        if key not in trainers:
            ways = ["default"] if compiled else ["plain", "foreach", "fused"]
            candidates = [(way, lambda way=way: Trainer(case, way)) for way in ways]
            trainers[key] = peer.fastest(candidates,
                                          lambda t, n: run_steps(t, case._replace(steps=n)))
        return trainers[key]

    def run(case):
        way, trainer = trainer_for(case)
        trainer.net.train(case.mode != "predict")
        runner = {"step": run_steps, "fit": run_epoch, "predict": run_predict}[case.mode]
        watch = peer.Stopwatch()
        loss = runner(trainer, case)
        return watch.read(), loss, way

    return {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}, run


if __name__ == "__main__":
    peer.serve(["torch", "numpy"], start)
