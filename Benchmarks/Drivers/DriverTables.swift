import Foundation

/// Prints the results as the tables of the README.
struct DriverTables {
    private var programs: [String] = []

    static func start(_ title: String) {
        Report.write("\n### \(title)\n")
        Report.write("| | by hand | service | driver | by hand | service / hand | driver / hand |")
        Report.write("| --- | --- | --: | --: | --: | --: | --: |")
    }

    /// - Parameter service: `nil` for what the service does not offer.
    mutating func add(_ what: String, service: Times?, driver: Times, hand: Times, lines: [[String]]) {
        let times = [service?.median, driver.median, hand.median].map { $0.map(Self.milliseconds) ?? "" }
        let ratios = [service?.ratio(to: hand), driver.ratio(to: hand)].map { $0.map(Self.text) ?? "" }
        Report.write("| \(([what, Shell.text(lines)] + times + ratios).joined(separator: " | ")) |")
        programs.append("| \(what) | \(service.map(Self.count) ?? "") | \(Self.count(driver)) | \(lines.count) |")
    }

    func end() {
        Report.write("\n| programs started | by the service | by the driver | by hand |\n| --- | --- | --- | --: |")
        for row in programs { Report.write(row) }
    }

    static func startImages() {
        Report.write("\n| image | by hand | driver, MiB/s | by hand, MiB/s | driver / hand |")
        Report.write("| --- | --- | --: | --: | --: |")
    }

    static func addImage(_ what: String, driver: Times, hand: Times, lines: [[String]], mebibytes: Int) {
        let rates = [driver, hand].map { String(format: "%.0f", Double(mebibytes) / $0.median) }
        // The ratio is that of speeds here, not of times.
        let row = [what, Shell.text(lines)] + rates + [text(hand.ratio(to: driver))]
        Report.write("| \(row.joined(separator: " | ")) |")
    }

    private static func text(_ ratio: Quartiles) -> String {
        String(format: "%.2f (%.2f to %.2f)", ratio.median, ratio.lower, ratio.upper)
    }

    private static func milliseconds(_ seconds: Double) -> String {
        String(format: seconds < 0.01 ? "%.2f ms" : "%.0f ms", seconds * 1000)
    }

    /// The number and names of the programs, with the differences between rounds.
    private static func count(_ times: Times) -> String {
        times.programs.map { $0.isEmpty ? "0" : "\($0.count): \($0.joined(separator: ", "))" }.joined(separator: " or ")
    }
}
