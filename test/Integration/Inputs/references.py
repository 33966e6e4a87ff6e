# Part of the Vitrail project, under the Apache License v2.0 with LLVM
# Exceptions. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where expected outputs come from: public implementations, in float64.

    references.py FOLDER [NAME]...

writes FOLDER/NAME.OUTPUT.npy for each model below, or for those that are
named. No test runs it; it needs, beside Debian 12's packages python3-torch
(1.13.1) and python3-torchvision (0.14.1), timm 1.0.29 and transformers 4.36.2
from PyPI. Parameters and inputs are those of synthetic.py.
"""

import functools
import os
import sys

import numpy
import timm
import torch
import transformers
from timm.layers import ConvNormAct, HybridEmbed

import synthetic


def tensor(values):
    return torch.from_numpy(values.astype(numpy.float64))


def image(*shape):
    """The input that vitrail-run calls synthetic: it is rounded to float32."""
    values = synthetic.uniform("input", shape)
    return tensor(values.astype(numpy.float32))


def filled(model):
    """The model in double precision, with synthetic parameters."""
    model.eval().double()
    for name, values in model.state_dict().items():
        if values.is_floating_point():
            values.copy_(tensor(synthetic.parameter(name, values.shape)))
    return model


# What the small vision transformers have in common.
MICRO = {"img_size": 32, "patch_size": 8, "embed_dim": 48, "depth": 2}
MICRO |= {"num_heads": 3, "num_classes": 10}


def vision_transformer(name="vit_tiny_patch16_224", **arguments):
    return filled(timm.create_model(name, **(MICRO | arguments)))


def logits(model, *shape):
    return {"logits": model(image(*shape))}


def vit_average():
    return logits(vision_transformer(global_pool="avg"), 1, 3, 32, 32)


def vit_no_position():
    return logits(vision_transformer(pos_embed="none"), 1, 3, 32, 32)


def vit_layer_scale():
    return logits(vision_transformer("deit3_small_patch16_224"), 1, 3, 32, 32)


def vit_distilled():
    model = vision_transformer("deit_tiny_distilled_patch16_224")
    return logits(model, 1, 3, 32, 32)


def vit_grid():
    """Positions by row and by column: the sum, as the table of the model."""
    model = vision_transformer(img_size=(24, 40))
    rows = tensor(synthetic.parameter("pos_embed_row", (3, 48)))
    columns = tensor(synthetic.parameter("pos_embed_col", (5, 48)))
    model.pos_embed[0, 0] = 0
    model.pos_embed[0, 1:] = (rows[:, None] + columns).flatten(0, 1)
    return logits(model, 1, 3, 24, 40)


def vit_sinusoidal():
    """Sines and cosines (Vaswani et al. 2017, section 3.5) as the table."""
    model = vision_transformer()
    position = torch.arange(17, dtype=torch.float64)[:, None]
    angle = position / 10000 ** (torch.arange(0, 48, 2) / 48.0).double()
    model.pos_embed[0, :, 0::2] = angle.sin()
    model.pos_embed[0, :, 1::2] = angle.cos()
    return logits(model, 1, 3, 32, 32)


def vit_hybrid():
    """Two convolutions with stride 2, then patches of 2x2."""
    layers = [ConvNormAct(3, 8, 3, stride=2), ConvNormAct(8, 12, 3, stride=2)]
    backbone = torch.nn.Sequential(*layers)
    embed = functools.partial(HybridEmbed, backbone=backbone)
    model = vision_transformer(img_size=24, patch_size=2, embed_layer=embed)
    return logits(model, 1, 3, 24, 24)


# Swin Transformers: token grids that windows do not cover, that are not square,
# that are smaller than a window, and that are odd.
SWIN = {
    "swin_pad": {"img_size": (64, 68), "strict_img_size": False},
    "swin_strip": {"img_size": (24, 100)},
    "swin_window4": {
        "img_size": (34, 26),
        "strict_img_size": False,
        "patch_size": 2,
        "window_size": 4,
        "depths": (2, 3),
        "num_classes": 7,
        "mlp_ratio": 2,
    },
    "swin_four": {
        "img_size": (64, 160),
        "window_size": 4,
        "depths": (1, 2, 2, 2),
        "num_heads": (2, 2, 4, 4),
    },
    "swin_quirk": {"img_size": 20},
}


def swin(**arguments):
    """Logits, and the feature map after each stage, [batch, row, column, x]."""
    micro = {"embed_dim": 24, "depths": (2, 2), "num_heads": (3, 6)}
    micro |= {"num_classes": 10}
    name = "swin_tiny_patch4_window7_224"
    model = filled(timm.create_model(name, **(micro | arguments)))
    x = image(1, 3, *timm.layers.to_2tuple(arguments["img_size"]))
    outputs = {"logits": model(x)}
    x = model.patch_embed(x)
    for i, layer in enumerate(model.layers):
        x = outputs[f"stage{i}"] = layer(x)
    return outputs


def vit_hf():
    """Hugging Face's ViTForImageClassification."""
    config = transformers.ViTConfig(
        image_size=32,
        patch_size=8,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=192,
        num_labels=10,
    )
    model = filled(transformers.ViTForImageClassification(config))
    return {"logits": model(image(1, 3, 32, 32)).logits}


def bert():
    """Hugging Face's BertModel: pairs of sentences, two of them padded."""
    config = transformers.BertConfig(
        vocab_size=100,
        hidden_size=48,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=192,
        max_position_embeddings=16,
    )
    model = filled(transformers.BertModel(config))
    inputs = {
        "input_ids": [
            [2, 17, 99, 5, 41, 3, 60, 8, 77, 3],
            [2, 64, 30, 9, 3, 12, 3, 0, 0, 0],
            [2, 50, 3, 50, 3, 0, 0, 0, 0, 0],
        ],
        "attention_mask": [[1] * n + [0] * (10 - n) for n in (10, 7, 5)],
        "token_type_ids": [[0] * n + [1] * (10 - n) for n in (6, 5, 3)],
    }
    inputs = {name: torch.tensor(values) for name, values in inputs.items()}
    outputs = model(**inputs)
    results = {name: values.int() for name, values in inputs.items()}
    results["last_hidden_state"] = outputs.last_hidden_state
    results["pooled"] = outputs.pooler_output
    return results


def recurrent(cell):
    """Two layers of a cell, and a linear head on the last state."""
    model = torch.nn.Module()
    model.rnn = cell(8, 24, num_layers=2, batch_first=True)
    model.head = torch.nn.Linear(24, 10)
    sequence, _ = filled(model).rnn(image(1, 12, 8))
    return {"sequence": sequence, "logits": model.head(sequence[:, -1])}


def rnn():
    return recurrent(torch.nn.RNN)


def lstm():
    return recurrent(torch.nn.LSTM)


MODELS = [vit_average, vit_no_position, vit_layer_scale, vit_distilled]
MODELS += [vit_grid, vit_sinusoidal, vit_hybrid, vit_hf, bert, rnn, lstm]
MODELS = {model.__name__: model for model in MODELS}
MODELS |= {name: functools.partial(swin, **SWIN[name]) for name in SWIN}


def main():
    folder, *names = sys.argv[1:]
    for name in names or MODELS:
        with torch.no_grad():
            outputs = MODELS[name]()
        for output, values in outputs.items():
            path = os.path.join(folder, f"{name}.{output}.npy")
            numpy.save(path, values.numpy())


if __name__ == "__main__":
    main()
