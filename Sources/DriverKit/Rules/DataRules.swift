internal import Identity
internal import VolumeDriver

/// Rules for the content of volumes.
let dataRules: [Rule] = [
    Rule("data-new-is-zero", "a new volume reads as zeros to its end") { bench in
        let volume = try await bench.created()
        try await bench.expectZeros(in: volume, to: bench.size, "after create")
    },
    Rule("data-is-kept", "data written to a volume is there for the next instance, and in no other volume") {
        bench in
        let (volume, other) = (try await bench.created(), try await bench.created())
        let tail = bench.size.subtracting(ByteCount(bytes: 65536) ?? .zero)
        try await bench.write(1, to: volume)
        try await bench.write(2, to: volume, at: tail)
        _ = try await bench.another().inspect(volume)
        try await bench.expect(1, in: volume, "after writing to its beginning")
        try await bench.expect(2, in: volume, at: tail, "after writing to its end")
        try await bench.expectZeros(in: other, to: bench.size, "after writing to another")
    },
    Rule("data-never-leaks", "the data of a deleted volume is never readable in another") { bench in
        // More than once, and over the whole volume, so that the backend has to reuse blocks.
        for round in 1...2 {
            let old = try await bench.created()
            try await bench.write(UInt8(round), to: old, count: Int(bench.size.bytes))
            try await bench.driver.delete(old, operation: .random())
            let again = try await bench.created()
            try await bench.expectZeros(in: again, to: bench.size, "after the delete of a volume that was full of data")
            try await bench.driver.create(old, size: bench.size, operation: .random())
            try await bench.expectZeros(in: old, to: bench.size, "after it was deleted and made again")
        }
    },
]
