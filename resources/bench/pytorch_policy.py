"""The rows of `foresight bench policy` in PyTorch. What is equal and what is not: compare.ts."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from protocol import Row

LOW, HIGH = -5.0, 2.0  # of the logarithm of a deviation
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class Net:
    """One network; kernels [units, inputs], as linear layers want them."""

    def __init__(self, problem, prefix, member):
        layers = sum(name.startswith(prefix) and name.endswith("/kernel") for name in problem.arrays)
        own = lambda name: torch.from_numpy(problem[f"{prefix}{name}"][member])
        self.kernels = [own(f"layer{i}/kernel").T.contiguous() for i in range(layers)]
        self.biases = [own(f"layer{i}/bias")[0].contiguous() for i in range(layers)]

    @property
    def weights(self):
        return [*self.kernels, *self.biases]

    def copy(self):
        other = object.__new__(Net)
        other.kernels, other.biases = ([x.clone() for x in xs] for xs in (self.kernels, self.biases))
        return other

    def __call__(self, x):
        *hidden, last = zip(self.kernels, self.biases)
        for kernel, bias in hidden:
            x = F.relu(F.linear(x, kernel, bias))
        return F.linear(x, *last)


def inputs_of(state):
    """The normaliser before training: a mean of 0, a deviation of 1, clipped."""
    return state.clamp(-10, 10)


def gaussian(actor, x):
    mean, raw = actor(x).chunk(2, -1)
    return mean, LOW + 0.5 * (HIGH - LOW) * (torch.tanh(raw) + 1)


def drawn(actor, x, noise):
    mean, log_std = gaussian(actor, x)
    u = mean + log_std.exp() * noise
    squash = 2 * (math.log(2) - u - F.softplus(-2 * u))
    density = (-(0.5 * noise.square() + HALF_LOG_2PI) - log_std - squash).sum(-1, keepdim=True)
    return torch.tanh(u), density


class Sac:
    """Actor and critics climb from the same weights; one optimiser steps all of them."""

    def __init__(self, problem, compiled):
        self.spec = spec = problem.spec
        self.actor = Net(problem, "actor/", 0)
        critics = problem["critic/layer0/kernel"].shape[0]
        self.critics = [Net(problem, "critic/", member) for member in range(critics)]
        self.targets = [critic.copy() for critic in self.critics]
        self.temperature = torch.from_numpy(problem["temperature"]).reshape(1).clone()
        self.critic_weights = [weight for critic in self.critics for weight in critic.weights]
        self.target_weights = [weight for target in self.targets for weight in target.weights]
        trained = [*self.critic_weights, *self.actor.weights, self.temperature]
        for weight in trained:
            weight.requires_grad_(True)
        self.optimiser = torch.optim.Adam(trained, lr=spec["learningRate"], fused=True)
        compile = torch.compile if compiled else lambda f: f
        self.critic_loss, self.actor_loss = compile(self._critic_loss), compile(self._actor_loss)
        self.actions = self.actor.biases[-1].shape[0] // 2

    def _critic_loss(self, x, action, reward, x_next, continues, noise):
        with torch.no_grad():
            alpha = self.temperature.exp()
            action_next, density = drawn(self.actor, x_next, noise)
            both = torch.cat((x_next, action_next), -1)
            value = torch.stack([target(both) for target in self.targets]).amin(0) - alpha * density
            y = reward + self.spec["discount"] * continues * value
        both = torch.cat((x, action), -1)
        values = [critic(both) for critic in self.critics]
        loss = sum((value - y).square().mean() for value in values)
        return loss, torch.stack(values).mean().detach()

    def _actor_loss(self, x, noise):
        action, density = drawn(self.actor, x, noise)
        both = torch.cat((x, action), -1)
        worth = torch.stack([critic(both) for critic in self.critics]).amin(0)
        return (self.temperature.exp().detach() * density - worth).mean(), density.mean().detach()

    def update(self, state, action, reward, following, continues, noise, noise_next):
        x, x_next = inputs_of(state), inputs_of(following)
        self.optimiser.zero_grad(set_to_none=True)
        loss, value = self.critic_loss(x, action, reward, x_next, continues, noise_next)
        loss.backward()
        for weight in self.critic_weights:
            weight.requires_grad_(False)
        actor_loss, density = self.actor_loss(x, noise)
        actor_loss.backward()
        for weight in self.critic_weights:
            weight.requires_grad_(True)
        with torch.no_grad():
            self.temperature.grad = -self.temperature.exp() * (density - self.actions)
            self.optimiser.step()
            torch._foreach_lerp_(self.target_weights, self.critic_weights, self.spec["targetRate"])
        return loss.detach(), value, -density


FIELDS = ("state", "action", "reward", "next", "continues")


class Updating:
    """Updates on batches of a replay with fresh noise."""

    def __init__(self, problem, compiled):
        self.sac = Sac(problem, compiled)
        self.compared = [torch.from_numpy(problem[f"compared/{name}"]) for name in (*FIELDS, "noise", "noiseNext")]
        self.replay = [torch.from_numpy(problem[f"replay/{name}"]) for name in FIELDS]
        self.batch = problem.spec["batch"]

    def results(self):
        """Means over the updates whose batches and noise everybody is given."""
        each = [self.sac.update(*given) for given in zip(*self.compared)]
        named = zip(("criticLoss", "value", "entropy"), zip(*each))
        return {name: np.asarray([float(torch.stack(values).mean())]) for name, values in named}

    def update(self):
        chosen = torch.randint(len(self.replay[0]), (self.batch,))
        noise = torch.randn(2, self.batch, self.sac.actions)
        self.sac.update(*(field[chosen] for field in self.replay), *noise)


def open_sac(problem, compiled):
    updating = Updating(problem, compiled)
    results = updating.results()
    unroll = problem.spec["unroll"]

    def call():
        for _ in range(unroll):
            updating.update()

    return Row(call, units=unroll, results=results)


def open_imagined(problem, compiled, rollouts):
    """rollouts: the model in SI units, as the rows of `bench compare` have it."""
    spec = problem.spec
    steps, updates = spec["steps"], spec["updates"]
    actor = Net(problem, "actor/", 0)
    starts = torch.from_numpy(problem["starts"])
    rows, members = len(starts), rollouts.members
    updating = Updating(problem, compiled) if updates else None

    def imagine(state, orders, act_noise, model_noise):
        """orders [steps, rows]: who lies at each place; noise by place. What was imagined, by row, and whether it counts."""
        alive = torch.ones(rows, dtype=torch.bool)
        out = []
        for t in range(steps):
            lying = state[orders[t]]
            mean, log_std = gaussian(actor, inputs_of(lying))
            action = torch.tanh(mean + log_std.exp() * act_noise[t])
            blocks = (part.view(members, rows // members, -1) for part in (lying, action, model_noise[t]))
            following = rollouts.step(*blocks).view(rows, 4)
            x, angle = following[:, 0], following[:, 2]
            reward = 1 - angle.square() - 0.1 * x.square()
            ends = (x.abs() > 2.4) | (angle.abs() > 0.2)
            counts = alive[orders[t]]
            out.append((lying, action, reward, following, ends, counts))
            alive = alive.index_put((orders[t],), counts & ~ends)
            state = torch.empty_like(state).index_copy(0, orders[t], following)
        return [torch.stack(parts) for parts in zip(*out)]

    run = torch.compile(imagine) if compiled else imagine

    @torch.inference_mode()
    def dream(still=False):
        if still:
            orders = torch.arange(rows).expand(steps, rows).contiguous()
            noise = torch.zeros(steps, rows, 1), torch.zeros(steps, rows, 4)
        else:
            orders = torch.stack([torch.randperm(rows) for _ in range(steps)])
            noise = torch.randn(steps, rows, 1), torch.randn(steps, rows, 4)
        *parts, counts = run(starts, orders, *noise)
        return [part[counts].numpy() for part in parts]

    def call():
        dream()
        for _ in range(updates):
            updating.update()

    _, _, reward, following, _ = dream(still=True)
    return Row(call, results={"reward": reward, "next": following})
