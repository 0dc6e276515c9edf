internal import FoundationEssentials
internal import SQL
internal import SQLStore
public import VolumeAPI
internal import VolumeDriver

extension VolumeService {
    /// Lists the volume types that the project may use, or all, by their names.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`.
    public func types(all: Bool = false) async throws(VolumeError) -> [VolumeType] {
        if all {
            try require(.listAllTypes, "cannot list the volume types of other projects", instead: .listTypes)
        } else {
            try require(.listTypes, "cannot list volume types")
        }
        let types = try await read { try TypeTable(connection: $0).list() }
        return types.filter { all || $0.isUsable(by: project) }.map(disclosed)
    }

    /// Returns the volume type with this name, if the project may use it.
    ///
    /// - Throws: ``VolumeError``: `notFound`, also for a private type that the project may not use.
    public func type(named name: String) async throws(VolumeError) -> VolumeType {
        try require(.getType, "cannot look at volume type \(name.quoted)")
        let project = project
        guard let type = try await read({ try TypeTable(connection: $0).find(name, for: project) }) else {
            throw VolumeError.noType(name, to: nil)
        }
        return disclosed(type)
    }

    /// The type as this user may see it: who else may use it concerns admins alone.
    private func disclosed(_ type: VolumeType) -> VolumeType {
        scope.has(policy.role(for: .listAllTypes))
            ? type : type.with(projects: type.projects.map { $0.filter { $0 == project } })
    }

    /// Creates a volume type.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `invalidInput`; `conflict` if there is a type with
    ///   this name.
    @discardableResult
    public func createType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType {
        try await changeTypes(.createType, to: "create volume type \(name.quoted)", "volume_type.create") {
            [project] types in
            let type = VolumeType(name: name, description: "", extraSpecs: [:], createdAt: Date())
                .changed(by: change, of: project)
            try type.check(to: "create volume type \(name.quoted)")
            try change.checkEncryption(of: type, to: "create volume type \(name.quoted)")
            if try types.insert(type) {
                try types.setAccess(to: type)
                if let stored = try types.find(name) { return stored }
            }
            throw VolumeError(
                .conflict,
                "cannot create volume type \(name.quoted): there is one with this name",
                remedies: [.showType(name), .listTypes]
            )
        }
    }

    /// Changes a volume type. Existing volumes stay in their pools.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `invalidInput`; `conflict` if its encryption is changed and volumes
    ///   have the type.
    @discardableResult
    public func changeType(_ name: String, _ change: VolumeTypeChange) async throws(VolumeError) -> VolumeType {
        try await changeTypes(.updateType, to: "change volume type \(name.quoted)", "volume_type.update") {
            [project] types in
            guard let old = try types.find(name) else { throw VolumeError.noType(name, to: nil) }
            let type = old.changed(by: change, of: project)
            try type.check(to: "change volume type \(name.quoted)")
            try change.checkEncryption(of: type, to: "change volume type \(name.quoted)")
            if type.encryption != old.encryption, try types.isUsed(name) { throw VolumeError.encrypting(name) }
            try types.update(type)
            return type
        }
    }

    /// Lets a project use a private volume type, or no longer. Its volumes stay. Idempotent.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `invalidInput` for a text that is no
    ///   project's name; `conflict` for a public type.
    @discardableResult
    public func setAccess(
        of project: String,
        toType name: String,
        _ isGranted: Bool
    ) async throws(VolumeError) -> VolumeType {
        let subject = (isGranted ? "grant" : "revoke") + " access to volume type \(name.quoted)"
        let event = "volume_type_project.access.\(isGranted ? "add" : "remove")"
        return try await changeTypes(isGranted ? .grantType : .revokeType, to: subject, event, of: project) { types in
            guard let type = try types.find(name) else { throw VolumeError.noType(name, to: nil) }
            guard (try? VolumeName(validating: project)) != nil else {
                throw VolumeError(
                    .invalidInput,
                    "cannot \(subject): \(project.quoted) is not the name of a project",
                    remedies: [.showType(name)]
                )
            }
            guard var projects = type.projects.map(Set.init) else {
                throw VolumeError(
                    .conflict,
                    "cannot \(subject): it is public, and every project may use it",
                    remedies: [.restrictType(name), .showType(name)]
                )
            }
            if isGranted { projects.insert(project) } else { projects.remove(project) }
            let changed = type.with(projects: projects.sorted())
            try types.update(changed)
            return changed
        }
    }

    /// Removes an unused volume type, and returns it as it was.
    ///
    /// - Throws: ``VolumeError``: `notPermitted`; `notFound`; `conflict` if volumes have the type, or a group takes volumes of it.
    @discardableResult
    public func removeType(_ name: String) async throws(VolumeError) -> VolumeType {
        try await changeTypes(.deleteType, to: "remove volume type \(name.quoted)", "volume_type.delete") { types in
            guard let type = try types.find(name) else { throw VolumeError.noType(name, to: nil) }
            if let group = try GroupTable(connection: types.connection).oneTaking(name) {
                throw VolumeError(
                    .conflict,
                    "cannot remove volume type \(name.quoted): a group takes volumes of it",
                    cause: "it is group \(group.name.quoted) of project \(group.project.quoted)",
                    remedies: [
                        .advice("remove group \(group.name.quoted) first, in project \(group.project.quoted)"),
                        .showType(name),
                    ]
                )
            }
            if try types.remove(name) {
                try QuotaTable(connection: types.connection).forget(type: name)
                try QoSTable(connection: types.connection).disassociate(nil, fromType: name)
                return type
            }
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
    ///   - user: the project that has to have access; `nil` if the volume has the type already.
    ///   - subject: the request, as the words after "cannot".
    /// - Throws: `notFound` without such a type; `invalidInput` if no volume of the type has this size.
    func extraSpecs(
        of name: String?,
        for size: ByteCount?,
        usedBy user: String? = nil,
        to subject: String
    ) async throws(VolumeError) -> ExtraSpecs? {
        guard let name else { return nil }
        let found: VolumeType? = try await read { connection in
            let types = TypeTable(connection: connection)
            return try user.map { try types.find(name, for: $0) } ?? types.find(name)
        }
        guard let type = found else { throw VolumeError.noType(name, to: subject) }
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

    /// - Parameters:
    ///   - event: the event that tells of the change.
    ///   - other: the project whose access is changed.
    private func changeTypes(
        _ rule: Policy.Rule,
        to subject: String,
        _ event: String,
        of other: String? = nil,
        _ body: @escaping @Sendable (TypeTable) throws -> VolumeType
    ) async throws(VolumeError) -> VolumeType {
        try require(rule, "cannot \(subject)", instead: .listTypes)
        return try await transact { [scope] transaction in
            let type = try body(TypeTable(connection: transaction.connection))
            try EventTable(connection: transaction.connection)
                .insert(
                    Event(event, of: type.name, by: scope) { payload in
                        payload.volumeType = type.name
                        payload.metadata = other.map { ["project": $0] } ?? type.extraSpecs
                    }
                )
            return type
        }
    }
}

extension VolumeType {
    /// Whether volumes of the project may have the type.
    func isUsable(by project: String) -> Bool { projects?.contains(project) ?? true }

    /// - Parameter project: the project that asks for the change.
    fileprivate func changed(by change: VolumeTypeChange, of project: String) -> VolumeType {
        VolumeType(
            name: name,
            description: change.description ?? description,
            extraSpecs: extraSpecs.filter { !change.removedSpecs.contains($0.key) }
                .merging(change.extraSpecs) { $1 },
            projects: change.isPrivate.map { $0 ? projects ?? [project] : nil } ?? projects,
            encryption: change.removesEncryption ? nil : change.encryption?.applied(to: encryption) ?? encryption,
            createdAt: createdAt
        )
    }

    fileprivate func with(projects: [String]?) -> VolumeType {
        VolumeType(
            name: name,
            description: description,
            extraSpecs: extraSpecs,
            projects: projects,
            encryption: encryption,
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
                throw refuse("\(key.quoted) = \(value.quoted) is not a valid extra spec")
            }
        }
        if let problem = ExtraSpecs(values: extraSpecs).problem { throw refuse(problem) }
    }
}

extension VolumeError {
    /// That the configured type of volumes without a type does not exist.
    static func noDefaultType(_ name: String, to subject: String) -> VolumeError {
        VolumeError(
            .notFound,
            "cannot \(subject): its type would be the default \(name.quoted), and there is no such volume type",
            cause: "the configuration's 'default-type' names it",
            remedies: [.createType(name), .advice("name another type, or correct 'default-type'"), .listTypes]
        )
    }

    /// - Parameter subject: the request, as the words after "cannot"; `nil` if it is about the type itself.
    static func noType(_ name: String, to subject: String?) -> VolumeError {
        VolumeError(
            .notFound,
            (subject.map { "cannot \($0): " } ?? "") + "there is no volume type \(name.quoted)",
            remedies: [.listTypes]
        )
    }
}
