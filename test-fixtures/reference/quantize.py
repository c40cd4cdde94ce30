"""A dense layer quantised by onnxruntime: per output channel, to 7 bits (reduce_range, as our dense layers are) and to
8 (as our table of words is), with what onnxruntime answers to a batch."""
import tempfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from common import GOLDENS, write_json

INPUTS, OUTPUTS = 24, 16

random = np.random.default_rng(7)
weight = (random.standard_normal((OUTPUTS, INPUTS)) * random.uniform(0.01, 2, (OUTPUTS, 1))).astype(np.float32)
weight[3, 5] = 30  # an outlier takes the range of its own channel only
weight[4] = 0
weight[5] = 8 * (np.arange(INPUTS) * 2 - 23) / 128  # of 7 bits: halfway between two integers
weight[5, 0] = 8
bias = random.standard_normal(OUTPUTS).astype(np.float32)
x = random.standard_normal((5, INPUTS)).astype(np.float32)

graph = helper.make_graph(
    [helper.make_node("MatMul", ["x", "weight"], ["product"]), helper.make_node("Add", ["product", "bias"], ["y"])],
    "dense",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["rows", INPUTS])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", OUTPUTS])],
    [numpy_helper.from_array(weight.T.copy(), "weight"), numpy_helper.from_array(bias, "bias")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def quantized(reduce_range):
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/model.onnx", f"{folder}/quantized.onnx"
        onnx.save(model, source)
        quantize_dynamic(source, target, per_channel=True, reduce_range=reduce_range, weight_type=QuantType.QInt8)
        tensors = {t.name: numpy_helper.to_array(t) for t in onnx.load(target).graph.initializer}
        y = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"]).run(["y"], {"x": x})[0]
    assert not tensors["weight_zero_point"].any()
    return dict(weight=tensors["weight_quantized"].T.tolist(), scales=tensors["weight_scale"].tolist(), y=y.tolist())


golden = dict(weight=weight.tolist(), bias=bias.tolist(), x=x.tolist(), bits7=quantized(True), bits8=quantized(False))
write_json(GOLDENS / "quantize.json", golden)
