## Labels.

label-merge-into = Merge into
label-merge = Merge
label-delete = Delete label
label-none = You have no labels yet.
label-new = New label
label-add = Add label
label-named = the label { $name }
