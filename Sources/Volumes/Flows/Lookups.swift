extension Optional {
    /// The value.
    ///
    /// - Throws: `notFound` when there is none.
    func orMissing(_ reference: String) throws(VolumeError) -> Wrapped {
        guard let value = self else {
            throw VolumeError(
                .notFound,
                "there is no volume \(reference.quoted)",
                remedies: [.listVolumes]
            )
        }
        return value
    }
}
