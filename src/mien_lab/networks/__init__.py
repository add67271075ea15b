"""The networks that the lab trains, in PyTorch; what ships is exported from here as ONNX."""
