import Foundation

/// Collects figures, and prints them as a table or as JSON.
struct Report {
    /// One figure: the median of some repetitions, with the lowest and the highest.
    struct Figure: Encodable {
        let what: String
        let median: Double
        let lowest: Double
        let highest: Double
        let repetitions: Int
        let unit: String
    }

    private(set) var figures: [Figure] = []
    private let isJSON: Bool

    init(asJSON isJSON: Bool) {
        self.isJSON = isJSON
        if !isJSON { Self.write("| what | median | from | to | of | unit |\n| --- | --: | --: | --: | --: | --- |") }
    }

    /// Measures `repetitions` times, after one run that doesn't count.
    mutating func measure(
        _ what: String,
        _ unit: String,
        repetitions: Int = 5,
        _ body: () async throws -> Double
    ) async throws {
        if repetitions > 1 { _ = try await body() }
        var values: [Double] = []
        for _ in 0..<repetitions { values.append(try await body()) }
        values.sort()
        let figure = Figure(
            what: what,
            median: values[values.count / 2],
            lowest: values[0],
            highest: values[values.count - 1],
            repetitions: repetitions,
            unit: unit
        )
        figures.append(figure)
        guard !isJSON else { return }
        let numbers = [figure.median, figure.lowest, figure.highest].map(Self.text).joined(separator: " | ")
        Self.write("| \(what) | \(numbers) | \(repetitions) | \(unit) |")
    }

    /// The median of a figure that has been measured.
    func median(of what: String) -> Double? { figures.first { $0.what == what }?.median }

    func end() throws {
        guard isJSON else { return }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        Self.write(String(decoding: try encoder.encode(figures), as: UTF8.self))
    }

    /// Prints at once, so that a person can follow.
    static func write(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

    private static func text(_ value: Double) -> String {
        String(format: value >= 100 ? "%.0f" : value >= 1 ? "%.2f" : "%.4f", value)
    }
}
