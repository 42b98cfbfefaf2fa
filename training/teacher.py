"""The model that writes the training text, run in large batches: a Llama from a GGUF file, on one GPU.

transformers reads the file; the loop is ours, because writing tens of millions of tokens in minutes takes a cache that
is made once, thousands of texts at a time, and rows that leave the batch when they are finished.
"""
import dataclasses

import torch
import torch.nn.functional as F
import transformers


@dataclasses.dataclass
class Sampling:
    temperature: float = 0.65
    min_p: float = 0.08  # drops tokens less probable than this times the best
    repeat_penalty: float = 1.12  # of tokens among the last repeat_window: the model is small and would go round in circles
    repeat_window: int = 96
    max_tokens: int = 620


class Teacher:
    def __init__(self, folder, file, device):
        self.device = device
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder, gguf_file=file)
        self.stop = self.tokenizer.convert_tokens_to_ids("<|im_end|>")  # versions differ on eos_token_id
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.bfloat16)
        config = model.config
        self.heads, self.kv_heads = config.num_attention_heads, config.num_key_value_heads
        self.head_dim = config.hidden_size // self.heads
        self.eps = config.rms_norm_eps
        # transformers 5 moved the base into a dictionary.
        self.rope_theta = getattr(config, "rope_theta", None) or config.rope_parameters["rope_theta"]
        weight = lambda tensor: tensor.detach().to(device)
        self.embedding = weight(model.model.embed_tokens.weight)
        self.head = weight(model.lm_head.weight)
        self.norm = weight(model.model.norm.weight)
        self.layers = [{
            "norm": weight(layer.input_layernorm.weight),
            "qkv": torch.cat([weight(getattr(layer.self_attn, f"{name}_proj").weight) for name in "qkv"]),
            "o": weight(layer.self_attn.o_proj.weight),
            "ffn_norm": weight(layer.post_attention_layernorm.weight),
            "gate_up": torch.cat([weight(layer.mlp.gate_proj.weight), weight(layer.mlp.up_proj.weight)]),
            "down": weight(layer.mlp.down_proj.weight)} for layer in model.model.layers]

    def prompts(self, texts):
        """Token ids of requests as the model was tuned to read them."""
        messages = [{"role": "user", "content": "TEXT"}]
        rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        front, back = rendered.split("TEXT")
        return self.tokenizer([front + text + back for text in texts], add_special_tokens=False)["input_ids"]

    def rotate(self, x, position):
        """x [rows, heads, tokens, head_dim], its first token at `position`."""
        half = self.head_dim // 2
        frequency = self.rope_theta ** (-torch.arange(half, device=self.device, dtype=torch.float32) / half)
        angle = (position + torch.arange(x.shape[2], device=self.device))[:, None] * frequency
        cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], dim=-1)

    def forward(self, ids, cache, position, hidden):
        """Logits [rows, vocabulary] after ids [rows, tokens], which stand at `position` onwards in every row. `hidden`
        [rows, positions] is -infinity where a row has padding, 0 elsewhere."""
        rows, tokens = ids.shape
        x = F.embedding(ids, self.embedding)
        if tokens > 1:  # a prompt. Padding sees itself, for a row that sees nothing would be NaN.
            later = torch.full((tokens, tokens), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
            mask = (later + hidden[:, None, None, :tokens]).masked_fill(torch.eye(tokens, dtype=torch.bool, device=x.device), 0)
        for layer, (keys, values) in zip(self.layers, cache):
            qkv = F.linear(F.rms_norm(x, x.shape[-1:], layer["norm"], self.eps), layer["qkv"])
            qkv = qkv.view(rows, tokens, self.heads + 2 * self.kv_heads, self.head_dim).transpose(1, 2)
            q, k, v = qkv.split([self.heads, self.kv_heads, self.kv_heads], dim=1)
            keys[:, :, position:position + tokens] = self.rotate(k, position)
            values[:, :, position:position + tokens] = v
            q = self.rotate(q, position)
            end = position + tokens
            if tokens > 1:  # a prompt: nothing stands in front of it
                y = F.scaled_dot_product_attention(q, keys[:, :, :end], values[:, :, :end], attn_mask=mask, enable_gqa=True)
                y = y.transpose(1, 2).reshape(rows, tokens, -1)
            else:  # the heads of a group are the rows of one product
                group = q.reshape(rows * self.kv_heads, self.heads // self.kv_heads, self.head_dim)
                k_all = keys.view(rows * self.kv_heads, -1, self.head_dim)[:, :end]
                v_all = values.view(rows * self.kv_heads, -1, self.head_dim)[:, :end]
                scores = torch.bmm(group, k_all.transpose(1, 2)).view(rows, self.heads, end) * self.head_dim ** -0.5
                scores = (scores.float() + hidden[:, None, :end]).view(rows * self.kv_heads, -1, end)
                y = torch.bmm(scores.softmax(-1).to(v_all.dtype), v_all).reshape(rows, 1, -1)
            x = x + F.linear(y, layer["o"])
            gate, up = F.linear(F.rms_norm(x, x.shape[-1:], layer["ffn_norm"], self.eps), layer["gate_up"]).chunk(2, -1)
            x = x + F.linear(F.silu(gate) * up, layer["down"])
        return F.linear(F.rms_norm(x[:, -1], x.shape[-1:], self.norm, self.eps), self.head)

    @torch.inference_mode()
    def write(self, prompts, sampling, seed):
        """Answers to prompts: lists of ids, or None where an answer did not end in time."""
        generator = torch.Generator(self.device).manual_seed(seed)
        stop = self.stop
        rows, length = len(prompts), max(map(len, prompts))
        cache = [[torch.empty(rows, self.kv_heads, length + sampling.max_tokens, self.head_dim, dtype=torch.bfloat16,
                              device=self.device) for _ in range(2)] for _ in self.layers]
        ids = torch.tensor([[stop] * (length - len(p)) + p for p in prompts], device=self.device)
        # Padding in front: rotary positions are relative, so it only has to be hidden.
        hidden = torch.zeros(rows, length + sampling.max_tokens, dtype=torch.bfloat16, device=self.device)
        for row, prompt in enumerate(prompts):
            hidden[row, :length - len(prompt)] = float("-inf")
        row_of = torch.arange(rows, device=self.device)  # what stands in each row of the batch
        out = torch.full((rows, sampling.max_tokens), stop, dtype=torch.int32, device=self.device)
        running = torch.ones(rows, dtype=torch.bool, device=self.device)
        # Prompts in parts: their activations are large.
        logits = torch.cat([self.forward(ids[i:i + 512], [[t[i:i + 512] for t in pair] for pair in cache], 0,
                                         hidden[i:i + 512])
                            for i in range(0, rows, 512)])
        for step in range(sampling.max_tokens):
            logits = logits.float()
            if step > 0:
                recent = out[row_of, max(0, step - sampling.repeat_window):step].long()
                value = logits.gather(1, recent)
                factor = torch.where(value > 0, 1 / sampling.repeat_penalty, sampling.repeat_penalty)
                logits.scatter_(1, recent, value * factor)
            probability = (logits / sampling.temperature).softmax(-1)
            probability[probability < sampling.min_p * probability.amax(-1, keepdim=True)] = 0
            noise = torch.empty_like(probability).exponential_(generator=generator)
            token = (probability / noise).argmax(-1)
            token = torch.where(running, token, stop)
            running &= token != stop
            out[row_of, step] = token.int()
            if step % 16 == 15:
                left = int(running.sum())
                if left == 0:
                    break
                if left < 0.8 * len(row_of):
                    keep = running.nonzero().squeeze(1)
                    row_of, token, running, hidden = row_of[keep], token[keep], running[keep], hidden[keep]
                    for pair in cache:
                        for i in range(2):
                            pair[i] = pair[i][keep]
            logits = self.forward(token[:, None], cache, length + step, hidden)
        unfinished = set(row_of[running].tolist())
        answers = []
        for row, tokens in enumerate(out.tolist()):
            end = tokens.index(stop) if stop in tokens else None
            answers.append(None if row in unfinished or end is None else tokens[:end])
        return answers
