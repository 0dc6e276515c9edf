/// A step that can run only at a certain place, such as the host that a disk is attached to.
///
/// ```swift
/// struct FormatDisk: RevertibleTask, PlacedTask {
///     struct Input: Fields { @Field var host: String; @Field var disk: String }
///     func place(for input: Input) -> Place? { Place(input.host) }
///     // ...
/// }
/// ```
///
/// An engine that doesn't serve the place of the next step hands the run over; see ``EngineOptions/places``. It is a
/// protocol of its own, and `place(for:)` has no default, so that one with a mistyped signature doesn't compile.
public protocol PlacedTask: Atom {
    /// Returns the place at which the step is executed and reverted; `nil` if it may run anywhere. It has no effects, and
    /// depends on nothing but `input` and the task, as several processes ask for it.
    func place(for input: Input) -> Place?
}

extension PlacedTask {
    /// The place by the values of the input. A step whose input can't be made of them has no place: it fails where the
    /// run is.
    var placement: @Sendable (LoweredAtom.Values) -> Place? {
        guard let map = try? FieldMap<Input>.shared() else { return { _ in nil } }
        return { values in (try? map.assemble(values)).flatMap { place(for: $0) } }
    }
}
