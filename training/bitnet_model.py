"""BitNet b1.58 as transformers' BitNetForCausalLM has it, for training: the same names, shapes and arithmetic.

Linears hold float32 masters. In the forward pass their weights become ternary (absmean) and their inputs int8 (absmax a
token), in the backward pass both count as what they were before (the straight-through estimator; arXiv 2402.17764,
transformers integrations/bitnet.py). `ternary=False` gives the same architecture in bf16, for comparison.
"""
import dataclasses

import torch
from torch import nn
from torch.nn import functional


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    vocab: int
    hidden: int
    ffn: int
    layers: int
    heads: int
    kv_heads: int
    context: int
    rope_theta: float = 10000.0
    rms_eps: float = 1e-5
    ternary: bool = True

    def __post_init__(self):
        for field in ("vocab", "hidden", "ffn", "layers", "heads", "kv_heads", "context"):
            value = getattr(self, field)
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"model.{field} is {value!r}: a whole number of at least 1 is needed")
        if self.hidden % self.heads or self.hidden // self.heads % 2:
            raise ValueError(f"model.hidden {self.hidden} does not divide into {self.heads} heads (model.heads) of even size")
        if self.heads % self.kv_heads:
            raise ValueError(f"model.heads {self.heads} is no multiple of model.kv_heads {self.kv_heads}")
        for field in ("hidden", "ffn"):
            if getattr(self, field) % 256:
                raise ValueError(f"model.{field} {getattr(self, field)} is no multiple of 256, the block of TQ1_0 and TQ2_0")

    @property
    def head_dim(self):
        return self.hidden // self.heads


def ternary_codes(weight):
    """Codes of {-1, 0, +1} and their scale, mean|W|; weights are codes * scale. Rounds half to even."""
    scale = weight.abs().mean().clamp(min=1e-5)
    return (weight / scale).round().clamp(-1, 1), scale


def int8_codes(x):
    """Codes of -127 .. 127 and what to multiply them by, a row: max|x| / 127."""
    step = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-5) / 127
    return (x / step).round(), step


class StraightThrough(torch.autograd.Function):
    """x [tokens, cols], weight [rows, cols] -> [tokens, rows].

    Codes are exact in bf16, so products run on bf16 matrix units. Inputs as codes too in the weight's gradient.
    """

    @staticmethod
    def forward(context, x, weight):
        codes, scale = ternary_codes(weight)
        codes = codes.to(torch.bfloat16)
        inputs, step = int8_codes(x.float())
        inputs = inputs.to(torch.bfloat16)
        context.save_for_backward(inputs, step, codes, scale)
        return ((inputs @ codes.t()).float() * (step * scale)).to(x.dtype)

    @staticmethod
    def backward(context, gradient):
        inputs, step, codes, scale = context.saved_tensors
        gradient = gradient.float()
        to_input = ((gradient * scale).to(torch.bfloat16) @ codes).to(torch.bfloat16)
        to_weight = ((gradient * step).to(torch.bfloat16).t() @ inputs).float()
        return to_input, to_weight


class BitLinear(nn.Module):
    def __init__(self, cols, rows, ternary):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, cols))
        self.ternary = ternary

    def forward(self, x):
        if not self.ternary:
            return functional.linear(x, self.weight.to(x.dtype))
        shape = x.shape
        return StraightThrough.apply(x.reshape(-1, shape[-1]), self.weight).view(*shape[:-1], -1)


class RMSNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        wide = x.float()
        return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight).to(x.dtype)


def rotate(x, cos, sin):
    """Rotate-half RoPE; x [batch, heads, tokens, head_dim]."""
    front, back = x.chunk(2, dim=-1)
    return (x * cos + torch.cat((-back, front), dim=-1) * sin).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        kv_size = config.kv_heads * config.head_dim
        self.q_proj = BitLinear(config.hidden, config.hidden, config.ternary)
        self.k_proj = BitLinear(config.hidden, kv_size, config.ternary)
        self.v_proj = BitLinear(config.hidden, kv_size, config.ternary)
        self.o_proj = BitLinear(config.hidden, config.hidden, config.ternary)
        self.attn_sub_norm = RMSNorm(config.hidden, config.rms_eps)

    def forward(self, x, cos, sin):
        batch, tokens, _ = x.shape
        query, key, value = (linear(x).view(batch, tokens, -1, self.config.head_dim).transpose(1, 2)
                             for linear in (self.q_proj, self.k_proj, self.v_proj))
        query, key = rotate(query, cos, sin), rotate(key, cos, sin)
        group = self.config.heads // self.config.kv_heads
        key, value = (part.repeat_interleave(group, dim=1) for part in (key, value))
        mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.o_proj(self.attn_sub_norm(mixed.transpose(1, 2).reshape(batch, tokens, -1)))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.gate_proj = BitLinear(config.hidden, config.ffn, config.ternary)
        self.up_proj = BitLinear(config.hidden, config.ffn, config.ternary)
        self.down_proj = BitLinear(config.ffn, config.hidden, config.ternary)
        self.ffn_sub_norm = RMSNorm(config.ffn, config.rms_eps)

    def forward(self, x):
        return self.down_proj(self.ffn_sub_norm(functional.relu(self.gate_proj(x)).square() * self.up_proj(x)))


class Layer(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden, config.rms_eps)
        self.self_attn = Attention(config)
        self.post_attention_layernorm = RMSNorm(config.hidden, config.rms_eps)
        self.mlp = FeedForward(config)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab, config.hidden)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.norm = RMSNorm(config.hidden, config.rms_eps)


class BitNet(nn.Module):
    """Ids [batch, tokens] -> logits [batch, tokens, vocab] in the type `compute`; the head is the embedding."""

    def __init__(self, config, compute=torch.bfloat16):
        super().__init__()
        self.config = config
        self.compute = compute
        self.model = Decoder(config)
        frequencies = config.rope_theta ** (-torch.arange(0, config.head_dim, 2).float() / config.head_dim)
        angles = torch.outer(torch.arange(config.context).float(), frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def initialize(self, seed):
        generator = torch.Generator().manual_seed(seed)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02, generator=generator)

    def hidden(self, ids):
        x = self.model.embed_tokens(ids).to(self.compute)
        cos, sin = self.cos[:ids.shape[1]].to(self.compute), self.sin[:ids.shape[1]].to(self.compute)
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        return self.model.norm(x)

    def forward(self, ids):
        return functional.linear(self.hidden(ids), self.model.embed_tokens.weight.to(self.compute))

    def loss(self, ids, targets):
        """Mean cross-entropy in nats."""
        return functional.cross_entropy(self(ids).float().flatten(0, 1), targets.flatten())
