"""Writes the expected features of test/golden/speech from python_speech_features 0.6.

    pip install python_speech_features==0.6 numpy==2.4.6 scipy==1.17.1
    python make_golden.py free-spoken-digit-dataset/recordings

The digit's samples are not written (the recordings have their own licence): its test reads them from the data folder.
"""
import json
import os
import sys
import wave

import numpy
import scipy
from python_speech_features import delta, fbank, mfcc

HERE = os.path.dirname(os.path.abspath(__file__))
FLOOR = 1e-14  # smallest band energy that the program under test keeps as it is
DIGIT = "4_yweweler_8.wav"


def features(samples, rate):
    nfft = 256 if rate == 8000 else 512
    signal = samples / 32768
    bands, energy = fbank(signal, rate, nfft=nfft, winfunc=numpy.hamming)
    assert bands.min() > FLOOR and energy.min() > FLOOR, bands.min()
    own = mfcc(signal, rate, nfft=nfft, winfunc=numpy.hamming)
    slope = delta(own, 2)
    return numpy.hstack([own, slope, delta(slope, 2)])


def write(name, rate, samples, keep):
    rows = features(samples, rate)
    record = {
        "madeBy": f"make_golden.py: python_speech_features 0.6, numpy {numpy.__version__}, scipy {scipy.__version__}, float64",
        "command": "python make_golden.py free-spoken-digit-dataset/recordings",
        "sampleRate": rate,
        "samples": [int(s) for s in samples] if keep else name + ".wav",
        "shape": list(rows.shape),
        "features": [float(v) for v in rows.ravel()],
    }
    with open(os.path.join(HERE, name + ".json"), "w") as file:
        json.dump(record, file, separators=(",", ":"))
        file.write("\n")
    print(name, rows.shape)


def synthetic(rate, count):
    """A rising tone that grows, in noise."""
    time = numpy.arange(count) / rate
    noise = numpy.random.RandomState(1).normal(0, 300, count)
    tone = 40000 * time * numpy.sin(2 * numpy.pi * (200 + 5000 * time) * time)
    return numpy.round(tone + noise).astype(numpy.int16)


def recording(path):
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 8000)
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2")


if __name__ == "__main__":
    write("synthetic-8000", 8000, synthetic(8000, 1237), True)
    write("synthetic-16000", 16000, synthetic(16000, 2000), True)
    write(DIGIT[:-4], 8000, recording(os.path.join(sys.argv[1], DIGIT)), False)
