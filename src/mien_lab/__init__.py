"""The lab: data, training, evaluation, benchmarks. Imports mien; mien never imports it."""
