"""Muon for the linears, AdamW for the rest, and the two-stage schedule of the BitNet training tips."""
import torch


def learning_rate(step, steps, warmup, peaks):
    """Linear warm-up, then linear decay to 0; at half of the steps it drops to the second peak's line.

    The second stage has no weight decay: masters near a threshold have to settle (microsoft/unilm, The-Era-of-1-bit-LLMs
    Training Tips, section on schedules).
    """
    peak = peaks[0] if step < steps // 2 else peaks[1]
    return peak * min((step + 1) / max(warmup, 1), 1.0) * (1 - step / steps)


def orthogonal(matrices):
    """The nearest semi-orthogonal matrices [count, rows, cols], about: five Newton-Schulz steps with Muon's coefficients
    (K. Jordan, 2024)."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(torch.bfloat16)
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = 3.4445 * x + (-4.7750 * square + 2.0315 * square @ square) @ x
    return (x.mT if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Steps have the size that AdamW's would have (0.2 sqrt of the larger side; arXiv 2502.16982): one rate serves both."""

    def __init__(self, parameters, momentum=0.95):
        super().__init__(parameters, {"lr": 0.0, "weight_decay": 0.0, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            # Equal shapes at once: a GPU spends more time on starting small products than on making them.
            shapes = {}
            for parameter in group["params"]:
                shapes.setdefault(parameter.shape, []).append(parameter)
            for shape, parameters in shapes.items():
                momenta = [self.momentum_of(parameter, group["momentum"]) for parameter in parameters]
                for parameter, direction in zip(parameters, orthogonal(torch.stack(momenta))):
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    parameter.add_(direction, alpha=-group["lr"] * 0.2 * max(shape) ** 0.5)

    def momentum_of(self, parameter, momentum):
        """Nesterov's; updates the velocity."""
        state = self.state[parameter]
        if not state:
            state["velocity"] = torch.zeros_like(parameter)
        velocity = state["velocity"].mul_(momentum).add_(parameter.grad)
        return parameter.grad + momentum * velocity


class Optimizers:
    """All parameters of a model; `kind` is "muon" or "adamw"."""

    def __init__(self, model, kind):
        linears, others, vectors = [], [], []
        for name, parameter in model.named_parameters():
            group = vectors if parameter.dim() < 2 else others if "embed" in name or kind == "adamw" else linears
            group.append(parameter)
        # Norms are not decayed: their weights belong around 1.
        self.parts = [torch.optim.AdamW([{"params": others}, {"params": vectors, "norms": True}], betas=(0.9, 0.95), fused=True)]
        if linears:
            self.parts.append(Muon(linears))

    def step(self, lr, weight_decay):
        for part in self.parts:
            for group in part.param_groups:
                group["lr"] = lr
                group["weight_decay"] = 0.0 if group.get("norms") else weight_decay
            part.step()
            part.zero_grad()

    def state_dict(self):
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states):
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)
