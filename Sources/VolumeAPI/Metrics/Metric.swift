/// A measured quantity in the terms of Prometheus: a name, and a value for each combination of labels.
public struct Metric: Sendable, Hashable, Codable {
    /// How the values change.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// It rises and falls.
        case gauge
        /// It only rises.
        case counter
    }

    /// A value and its labels.
    public struct Sample: Sendable, Hashable, Codable {
        /// The labels by their names.
        public let labels: [String: String]
        /// The value; infinite for an unlimited amount.
        public let value: Double

        package init(_ labels: [String: String], _ value: Double) { (self.labels, self.value) = (labels, value) }
    }

    /// The name, which ends with the unit: `volumectl_volumes_size_bytes`.
    public let name: String
    /// The quantity that it measures, in one sentence.
    public let help: String
    /// How the values change.
    public let kind: Kind
    /// The values.
    public let samples: [Sample]

    package init(_ name: String, _ help: String, _ samples: [Sample], kind: Kind = .gauge) {
        (self.name, self.kind, self.help, self.samples) = (name, kind, help, samples)
    }
}

extension Metric {
    /// Writes metrics in the text format of Prometheus, version 0.0.4.
    public static func text(_ metrics: [Metric]) -> String {
        var text = ""
        for metric in metrics where !metric.samples.isEmpty {
            text += "# HELP \(metric.name) \(metric.help.escaped(quotes: false))\n"
            text += "# TYPE \(metric.name) \(metric.kind.rawValue)\n"
            for sample in metric.samples {
                let labels = sample.labels.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\"\($0.value.escaped(quotes: true))\"" }
                let set = labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}"
                text += "\(metric.name)\(set) \(sample.value.prometheus)\n"
            }
        }
        return text
    }
}

extension String {
    /// The text with backslashes and newlines escaped and, in the value of a label, quotes.
    fileprivate func escaped(quotes: Bool) -> String {
        var text = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\"" where quotes: text += "\\\""
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}

extension Double {
    fileprivate var prometheus: String {
        if isNaN { return "NaN" }
        if isInfinite { return self > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: self).map(String.init) ?? "\(self)"
    }
}
