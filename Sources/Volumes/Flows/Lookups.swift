internal import VolumeDriver

extension [Pool] {
    /// The driver of the pool named `name`.
    ///
    /// - Throws: `broken` when the pool is not configured any more.
    func driver(of name: String) throws(DriverError) -> any VolumeDriver {
        guard let pool = first(where: { $0.name == name }) else {
            throw DriverError(
                .broken,
                "pool \"\(name)\" is not configured",
                cause: "the configured pools are \(map(\.name).joined(separator: ", "))",
                remedy: "add pool \"\(name)\" to the configuration"
            )
        }
        return pool.driver
    }
}

extension Optional {
    /// The value.
    ///
    /// - Throws: `notFound` when there is none.
    func orMissing(_ reference: String) throws(VolumeError) -> Wrapped {
        guard let value = self else {
            throw VolumeError(
                .notFound,
                "there is no volume \(reference.quoted)",
                remedies: ["volumectl ls"]
            )
        }
        return value
    }
}
