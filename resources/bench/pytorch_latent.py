"""Learning steps of what learns from pictures, of `foresight bench latent`, in PyTorch.

The same layers on the same squares as Foresight's, from the same weights, on the same batch; both halves of it at once. What is equal
and what is not: our-latent.ts.
"""

import numpy as np
import torch
import torch.nn.functional as F

from protocol import Row

FEATURES = 64
KEYPOINTS, SQUARE, SHARPEST = 24, 8, 8.0
PATCHES_A_SIDE = SIDE = 8
BURN_IN, DRAWN = 3, 3
LEAST_STD, FIRST_RAW = 0.1, -2.0


def normalised(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-5)


def mean_square(a, b):
    return (a - b).square().mean()


def evenly(length, count):
    count = min(count, length)
    return [length - 1 - i * length // count for i in range(count)]


class Net:
    """Weights as the layers of PyTorch want them, by the names that Foresight has for them."""

    def __init__(self, problem):
        self.spec = spec = problem.spec
        self.kernels, self.biases = {}, {}
        for name in (name.removesuffix("/kernel") for name in problem.arrays if name.endswith("/kernel")):
            kernel, bias = (torch.from_numpy(problem[f"{name}/{part}"]) for part in ("kernel", "bias"))
            part, last = name.split("/")
            number = int(last[-1]) if last.startswith("layer") else -1
            if part == "encoder" and spec["encoder"] == "convolutions" and number < 3:
                kernel = self.filter(kernel, 4)
            elif part == "decoder" and spec["decoder"] == "convolutions" and number >= 2:
                # pixel_shuffle wants the four places of a channel side by side.
                order = torch.arange(len(bias)).view(4, -1).T.reshape(-1)
                kernel, bias = self.filter(kernel, 3)[order], bias[order]
                kernel = kernel.contiguous(memory_format=torch.channels_last)
            else:
                kernel = kernel.T.contiguous()
            self.kernels[name] = kernel.requires_grad_(True)
            self.biases[name] = bias.clone().requires_grad_(True)
        starts = (torch.arange(spec["size"] * 2 // SQUARE - 1) + 1) * SQUARE / spec["size"] - 1
        self.centres = starts.repeat_interleave(len(starts)), starts.repeat(len(starts))

    @staticmethod
    def filter(kernel, edge):
        """[edge² · channels, units] to [units, channels, edge, edge]."""
        units = kernel.shape[1]
        filter = kernel.view(edge, edge, -1, units).permute(3, 2, 0, 1)
        return filter.contiguous(memory_format=torch.channels_last)

    @property
    def weights(self):
        return [*self.kernels.values(), *self.biases.values()]

    def layer(self, name, x):
        return F.linear(x, self.kernels[name], self.biases[name])

    def convolved(self, name, x, stride):
        return F.conv2d(x, self.kernels[name], self.biases[name], stride=stride, padding=1)

    # --- pictures

    def encode(self, pictures):
        """[n, size, size, colours] to [n, features]."""
        layer, n = self.layer, len(pictures)
        kind = self.spec["encoder"]
        if kind == "keypoints":
            return self.keypoints(pictures)
        if kind == "convolutions":
            x = pictures.permute(0, 3, 1, 2)
            for i in range(3):
                x = F.silu(self.convolved(f"encoder/layer{i}", x, 2))
            return normalised(layer("encoder/layer3", x.permute(0, 2, 3, 1).reshape(n, -1)))
        if kind == "patches":
            edge = self.spec["size"] // PATCHES_A_SIDE
            each = F.silu(layer("encoder/layer0", self.squares(pictures, edge, edge).flatten(3)))
            merged = F.silu(layer("encoder/layer1", self.squares(each, 2, 2).flatten(3)))
            whole = layer("encoder/layer2", merged.reshape(n, -1))
            return normalised(layer("encoder/layer3", F.silu(normalised(whole))))
        x = pictures.reshape(n, -1)
        for i in range(2):
            x = F.silu(normalised(layer(f"encoder/layer{i}", x)))
        return normalised(layer("encoder/layer2", x))

    @staticmethod
    def squares(x, edge, stride):
        """[n, rows, columns, edge, edge, colours]"""
        return x.unfold(1, edge, stride).unfold(2, edge, stride).permute(0, 1, 2, 4, 5, 3)

    def keypoints(self, pictures):
        n, layer = len(pictures), self.layer
        rows = self.squares(pictures, SQUARE, SQUARE // 2).reshape(-1, SQUARE**2 * pictures.shape[3])
        hidden = F.silu(layer("encoder/layer1", F.silu(layer("encoder/layer0", rows))))
        wanted, down, right = layer("encoder/layer2", hidden).view(n, -1, 3 * KEYPOINTS).chunk(3, -1)
        weight = (SHARPEST * torch.tanh(wanted * 0.5)).exp()
        total = weight.sum(1, keepdim=True)
        share = weight / total
        reach = SQUARE / self.spec["size"]
        place = lambda middle, within: (share * (middle[:, None] + reach * torch.tanh(within))).sum(1)
        presence = 0.25 * (total.squeeze(1) / weight.shape[1]).log()
        places = (3 * place(self.centres[0], down), 3 * place(self.centres[1], right), presence)
        return layer("encoder/layer3", torch.cat(places, 1))

    def decode(self, latent):
        """[n, latent] to [n, size, size, colours]."""
        n, size = len(latent), self.spec["size"]
        where = F.silu(self.layer("decoder/layer1", F.silu(self.layer("decoder/layer0", latent))))
        if self.spec["decoder"] == "convolutions":
            x = where.view(n, size // 8, size // 8, -1).permute(0, 3, 1, 2)
            for i in range(3):
                x = F.pixel_shuffle(self.convolved(f"decoder/layer{i + 2}", x, 1), 2)
                x = F.silu(x) if i < 2 else x
            return x.permute(0, 2, 3, 1)
        drawn = self.layer("decoder/layer2", where.view(n * SIDE**2, -1))
        edge = size // SIDE
        return drawn.view(n, SIDE, SIDE, edge, edge, -1).transpose(2, 3).reshape(n, size, size, -1)

    # --- latent states

    def join(self, x):
        hidden = F.silu(normalised(self.layer("join/layer0", x)))
        return normalised(self.layer("join/layer1", hidden))

    def carried(self, latent, given):
        first = self.layer("transition/layer0", torch.cat((latent, given), 1))
        hidden = F.silu(normalised(self.layer("transition/layer1", F.silu(normalised(first)))))
        return normalised(latent + self.layer("transition/layer2", hidden))

    def outcome(self, latent, given):
        return self.layer("outcome/layer1", F.silu(self.layer("outcome/layer0", torch.cat((latent, given), 1))))


def mean_of(parts):
    return torch.stack(parts).mean()


class Frame(Net):
    """`latent-frame`, taught by reconstruction."""

    def loss(self, given):
        unroll, stack = self.spec["unroll"], self.spec["stack"]
        pictures, looked = given["pictures"], given.get("shifted", given["pictures"])
        features = self.encode(looked.flatten(0, 1)).view(len(looked), -1, FEATURES)
        seen = [features[age : age + unroll + 1].flatten(0, 1) for age in range(stack)]
        changes = [after - before for before, after in zip(seen, seen[1:])]
        acts = [given["acts"].flatten(0, 1)] if "acts" in given else []
        states = self.join(torch.cat((seen[-1], *changes, *acts), 1)).chunk(unroll + 1)
        latent, later, apart, missed = states[0], [], [], []
        for k in range(unroll):
            missed.append(mean_square(self.outcome(latent, given["given"][k]), given["outcome"][k]))
            latent = self.carried(latent, given["given"][k])
            later.append(latent)
            apart.append(mean_square(latent, states[k + 1]))
        chosen = [(states[k], pictures[k + stack - 1]) for k in evenly(len(states), DRAWN)]
        chosen += [(later[k], pictures[k + stack]) for k in evenly(len(later), DRAWN)]
        drawn_from, shown = (torch.cat(parts) for parts in zip(*chosen))
        picture = mean_square(self.decode(drawn_from), shown)
        consistency, outcome = mean_of(apart), mean_of(missed)
        loss = 10 * picture + consistency + 2 * outcome
        return loss, {"picture": picture, "consistency": consistency, "outcome": outcome}


class Recurrent(Net):
    """`latent-recurrent`, by its variational bound."""

    def two(self, name, x):
        return self.layer(f"filter/{name}1", F.silu(normalised(self.layer(f"filter/{name}0", x))))

    def remember(self, h, s, action):
        entered = F.silu(self.layer("filter/input", torch.cat((s, action), 1)))
        gates = normalised(self.layer("filter/gates", torch.cat((entered, h), 1)))
        reset, wanted, opened = gates.chunk(3, 1)
        update = torch.sigmoid(opened - 1)
        return update * torch.tanh(torch.sigmoid(reset) * wanted) + (1 - update) * h

    @staticmethod
    def gaussian(numbers):
        mean, raw = numbers.chunk(2, 1)
        return mean, F.softplus(raw + FIRST_RAW) + LEAST_STD

    def counted(self, q, p, looks, windows):
        """KL(q | p), of each half of a batch by itself, from the free nats on."""
        (q_mean, q_std), (p_mean, p_std) = q, p
        ratio, apart = q_std / p_std, (q_mean - p_mean) / p_std
        nats = 0.5 * (ratio.square() + apart.square()) - ratio.log() - 0.5
        halves = nats.view(-1, 2, windows // 2, nats.shape[1]).sum((0, 2, 3))
        return (halves / looks).clamp(min=self.spec["freeNats"]).mean()

    def loss(self, given):
        spec = self.spec
        pictures, looked = given["pictures"], given.get("shifted", given["pictures"])
        window, windows = pictures.shape[:2]
        features = self.encode(looked.flatten(0, 1)).view(window, windows, FEATURES)
        h = torch.zeros(windows, spec["remembered"])
        s = torch.zeros(windows, spec["inferred"])
        action = torch.zeros_like(given["actions"][0])
        beliefs, expected, believed = [], [], []
        for t in range(window):
            h = self.remember(h, s, action)
            prior = self.two("prior", h)
            correction = self.two("posterior", torch.cat((h, features[t]), 1))
            expected.append(prior)
            believed.append(prior + correction * given["saw"][t])
            mean, std = self.gaussian(believed[-1])
            s = mean + std * given["noise"][t]
            action = given["actions"][t]
            beliefs.append(torch.cat((h, s), 1))
        latent = self.join(torch.cat(beliefs))
        states = latent.view(window, windows, -1)
        unroll = spec["unroll"]
        starts = window - unroll - BURN_IN
        begin = lambda x, k: x[BURN_IN + k : BURN_IN + k + starts].flatten(0, 1)
        drawn_from, shown, saw = [latent], [pictures.flatten(0, 1)], [given["saw"].flatten(0, 1)]
        missed = [mean_square(self.outcome(latent, given["actions"].flatten(0, 1)), given["reward"].flatten(0, 1))]
        apart, later = [], begin(states, 0)
        for k in range(unroll):
            if k > 0:
                missed.append(mean_square(self.outcome(later, begin(given["actions"], k)), begin(given["reward"], k)))
            later = self.carried(later, begin(given["actions"], k))
            apart.append(mean_square(later, begin(states, k + 1)))
            if k + 1 in (unroll, -(-unroll // 2)):
                drawn_from.append(later)
                shown.append(begin(pictures, k + 1))
                saw.append(begin(given["saw"], k + 1))
        errors = (self.decode(torch.cat(drawn_from)) - torch.cat(shown)).square().mean((1, 2, 3))
        counts = torch.cat(saw).view(-1)
        picture = (errors * counts).sum() / counts.sum().clamp(min=1)
        consistency, reward = mean_of(apart), mean_of(missed)
        p, q = self.gaussian(torch.cat(expected)), self.gaussian(torch.cat(believed))
        still = lambda pair: tuple(part.detach() for part in pair)
        looks = given["saw"].view(window, 2, -1).sum((0, 2)).clamp(min=1)
        divergence = spec["klBalance"] * self.counted(still(q), p, looks, windows)
        divergence = divergence + (1 - spec["klBalance"]) * self.counted(q, still(p), looks, windows)
        loss = 10 * picture + consistency + 2 * reward + spec["klWeight"] * divergence
        parts = {"picture": picture, "consistency": consistency, "reward": reward, "divergence": divergence}
        return loss, parts


def open_latent(problem, compiled):
    spec = problem.spec
    net = (Frame if spec["class"] == "latent-frame" else Recurrent)(problem)
    weights = net.weights
    optimiser = torch.optim.Adam(weights, lr=spec["learningRate"], fused=True)
    halved = [name for name in problem.arrays if name.startswith("given/")]
    given = {
        name.removeprefix("given/"): torch.cat(tuple(torch.from_numpy(problem[name])), 1).contiguous()
        for name in halved
    }
    loss_of = torch.compile(net.loss) if compiled else net.loss

    def step():
        optimiser.zero_grad(set_to_none=True)
        loss, parts = loss_of(given)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, spec["clipNorm"])
        optimiser.step()
        return {name: value.detach() for name, value in {"loss": loss, **parts}.items()}

    each = [{name: float(value) for name, value in step().items()} for _ in range(spec["steps"])]
    return Row(step, results={name: np.asarray([np.mean([one[name] for one in each])]) for name in each[0]})
