internal import FoundationEssentials
internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Lists all volume types, by their names.
    public func types() async throws(VolumeError) -> [VolumeType] {
        try await read { try TypeTable(connection: $0).list() }
    }

    /// Returns the volume type with this name.
    ///
    /// - Throws: ``VolumeError``: `notFound`.
    public func type(named name: String) async throws(VolumeError) -> VolumeType {
        guard let type = try await read({ try TypeTable(connection: $0).find(name) }) else {
            throw VolumeError.noType(name, to: nil)
        }
        return type
    }

    /// Creates a volume type.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `invalidInput`; `conflict` if there is a type with
    ///   this name.
    @discardableResult
    public func createType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType {
        try await changeTypes(to: "create volume type \(name.quoted)") { types in
            let type = VolumeType(name: name, description: "", extraSpecs: [:], createdAt: Date()).changed(by: change)
            try type.check(to: "create volume type \(name.quoted)")
            if try types.insert(type), let stored = try types.find(name) { return stored }
            throw VolumeError(
                .conflict,
                "cannot create volume type \(name.quoted): there is one with this name",
                remedies: [.showType(name), .listTypes]
            )
        }
    }

    /// Changes a volume type. Existing volumes stay in their pools.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `invalidInput`.
    @discardableResult
    public func changeType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType {
        try await changeTypes(to: "change volume type \(name.quoted)") { types in
            guard let type = try types.find(name)?.changed(by: change) else { throw VolumeError.noType(name, to: nil) }
            try type.check(to: "change volume type \(name.quoted)")
            try types.update(type)
            return type
        }
    }

    /// Removes an unused volume type.
    ///
    /// - Throws: ``VolumeError``: `notPermitted` unless the user is an admin; `notFound`; `conflict` if volumes have the type.
    public func removeType(_ name: String) async throws(VolumeError) {
        try await changeTypes(to: "remove volume type \(name.quoted)") { types in
            guard try types.find(name) != nil else { throw VolumeError.noType(name, to: nil) }
            if try types.remove(name) { return try QuotaTable(connection: types.connection).forget(type: name) }
            throw VolumeError(
                .conflict,
                "cannot remove volume type \(name.quoted): volumes have it",
                remedies: [.listVolumes, .showType(name)]
            )
        }
    }

    /// Returns a type's extra specs after checking that a volume of the type can have this size.
    ///
    /// - Parameters:
    ///   - name: the type's name; `nil` for a volume without a type.
    ///   - size: `nil` if it is not known yet.
    ///   - subject: the request, as the words after "cannot".
    /// - Throws: `notFound` without such a type; `invalidInput` if no volume of the type has this size.
    func extraSpecs(
        of name: String?,
        for size: ByteCount?,
        to subject: String
    ) async throws(VolumeError) -> ExtraSpecs? {
        guard let name else { return nil }
        guard let type = try await read({ try TypeTable(connection: $0).find(name) }) else {
            throw VolumeError.noType(name, to: subject)
        }
        let specs = ExtraSpecs(values: type.extraSpecs)
        if let size, let obstacle = specs.obstacle(to: size) {
            throw VolumeError(
                .invalidInput,
                "cannot \(subject): no volume of type \(name.quoted) has \(size)",
                cause: obstacle,
                remedies: [.showType(name), .listTypes]
            )
        }
        return specs
    }

    private func changeTypes<Result: Sendable>(
        to subject: String,
        _ body: @escaping @Sendable (TypeTable) throws -> Result
    ) async throws(VolumeError) -> Result {
        try requireAdmin(to: subject, seeInstead: .listTypes)
        do {
            return try await store.transact { try body(TypeTable(connection: $0.connection)) }
        } catch {
            throw VolumeError(translating: error)
        }
    }
}

extension VolumeType {
    fileprivate func changed(by change: VolumeTypeChange) -> VolumeType {
        VolumeType(
            name: name,
            description: change.description ?? description,
            extraSpecs: extraSpecs.filter { !change.removedSpecs.contains($0.key) }
                .merging(change.extraSpecs) { $1 },
            createdAt: createdAt
        )
    }

    /// Checks that the type can be stored, printed and used.
    fileprivate func check(to subject: String) throws(VolumeError) {
        func refuse(_ problem: String) -> VolumeError {
            VolumeError(.invalidInput, "cannot \(subject): \(problem)", remedies: [.listTypes])
        }
        guard (try? VolumeName(validating: name)) != nil else {
            throw refuse(
                "a name is 1 to 63 letters, digits, '.', '_' or '-' of ASCII, and begins with a letter or a digit"
            )
        }
        guard VolumeAttributes.isText(description) else {
            throw refuse("a description is at most 255 characters, without control characters")
        }
        for (key, value) in extraSpecs {
            guard VolumeAttributes.isKey(key, with: ":"), VolumeAttributes.isText(value) else {
                throw refuse("\(key.quoted) = \(value.quoted) is no extra spec")
            }
        }
        if let problem = ExtraSpecs(values: extraSpecs).problem { throw refuse(problem) }
    }
}

extension VolumeError {
    /// - Parameter subject: the request, as the words after "cannot"; `nil` if it is about the type itself.
    static func noType(_ name: String, to subject: String?) -> VolumeError {
        VolumeError(
            .notFound,
            (subject.map { "cannot \($0): " } ?? "") + "there is no volume type \(name.quoted)",
            remedies: [.listTypes]
        )
    }
}
