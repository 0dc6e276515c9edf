/// A place at which steps run, such as a host or what is attached to some hosts: a name that means something to the
/// program alone.
public struct Place: Sendable, Hashable {
    /// The name, by which places are told apart.
    public let name: String

    /// - Parameter name: the name, by which places are told apart.
    public init(_ name: String) { self.name = name }
}

extension Place: Codable {
    /// Reads the stored form, the name.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the stored form, the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}

extension Place: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

/// The places that an engine or a conductor serves.
public enum Places: Sendable, Hashable {
    /// Every place, as where there is only one host.
    case all
    /// These places. Steps without a place run here, too.
    case only(Set<Place>)

    /// Whether a step or a job with this place may run here; one without a place may run anywhere.
    public func serve(_ place: Place?) -> Bool {
        guard let place, case .only(let served) = self else { return true }
        return served.contains(place)
    }
}
